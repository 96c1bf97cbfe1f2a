// Servers at the limit, forked: one that receives and appends, one that sends a file.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/// The receive buffer: 1.25 MiB stays in the second-level cache; 4 MiB nearly halves the throughput.
#define BUFFER (1280u << 10)

static int listen_anywhere(const char *congestion, uint16_t *port) {
    int listener = clinux_tcp_listen("127.0.0.1", 0, 64, congestion);
    struct clinux_endpoint here;
    if (listener < 0 || clinux_local_endpoint(listener, &here) < 0) return listener;
    *port = here.port;
    return listener;
}

/// The child's own setting. Dies with the parent; SIGPIPE is an error code.
static void settle(pid_t parent, int cpu) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_DFL);
    if (cpu >= 0) clinux_set_affinity(0, &cpu, 1);
}

static void set_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }

static int accept_one(int listener) {
    struct pollfd wait = { .fd = listener, .events = POLLIN };
    struct clinux_endpoint peer;
    for (;;) {
        if (poll(&wait, 1, -1) < 0 && errno != EINTR) return -errno;
        int connection = clinux_tcp_accept(listener, &peer);
        if (connection != -EAGAIN) return connection;
    }
}

static void send_all(int connection, const void *bytes, size_t count, int flags) {
    const char *next = bytes;
    while (count) {
        ssize_t done = send(connection, next, count, MSG_NOSIGNAL | flags);
        if (done <= 0) return;
        next += done;
        count -= (size_t)done;
    }
}

// --- produce --------------------------------------------------------------------------------------

struct segments { char directory[PATH_MAX]; uint64_t bytes, end; int file, count; uint64_t offset; };

static int roll(struct segments *segments) {
    char path[PATH_MAX];
    if (segments->file >= 0) clinux_close(segments->file);
    snprintf(path, sizeof path, "%.4000s/reference-%d.log", segments->directory, segments->count++);
    segments->file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    segments->end = 0;
    return segments->file < 0 ? segments->file : clinux_fallocate(segments->file, false, 0, (int64_t)segments->bytes);
}

static const uint8_t *unsigned_varint(const uint8_t *next, const uint8_t *end, uint32_t *value) {
    *value = 0;
    for (int shift = 0; next && next < end && shift < 32; shift += 7) {
        *value |= (uint32_t)(*next & 127) << shift;
        if (*next++ < 128) return next;
    }
    return NULL;
}

/// Where the batch of a Produce request (version 9) lies; NULL for anything else.
static uint8_t *find_batch(uint8_t *frame, uint32_t size, uint32_t *batch_size, uint32_t *partition, const uint8_t **name,
                           uint32_t *name_size) {
    const uint8_t *next = frame, *end = frame + size;
    if (size < 14 || load16(next) != 0 || load16(next + 2) != 9) return NULL;
    const int16_t client = (int16_t)load16(next + 8);
    next += 10 + (client > 0 ? client : 0);
    uint32_t count;
    if (!(next = unsigned_varint(next, end, &count)) || count != 0) return NULL;       // tags of the header
    if (!(next = unsigned_varint(next, end, &count)) || count != 0) return NULL;       // no transaction
    next += 6;                                                                          // acks, timeout
    if (!(next = unsigned_varint(next, end, &count)) || count != 2) return NULL;       // one topic
    if (!(next = unsigned_varint(next, end, name_size)) || *name_size < 2) return NULL;
    *name = next;
    next += *name_size - 1;
    if (!(next = unsigned_varint(next, end, &count)) || count != 2 || end - next < 5) return NULL;   // one partition
    *partition = load32(next);
    if (!(next = unsigned_varint(next + 4, end, batch_size)) || *batch_size < HEADER + 1) return NULL;
    *batch_size -= 1;
    return *batch_size > (size_t)(end - next) ? NULL : (uint8_t *)next;
}

static size_t answer_produce(uint8_t *to, uint32_t correlation, const uint8_t *name, uint32_t name_size, uint32_t partition,
                             uint16_t error, uint64_t offset) {
    uint8_t *next = to + 4;
    store32(next, correlation); next += 4;
    *next++ = 0;                       // tags of the header
    *next++ = 2;
    *next++ = (uint8_t)name_size;      // names under 127 bytes
    memcpy(next, name, name_size - 1); next += name_size - 1;
    *next++ = 2;
    store32(next, partition); next += 4;
    store16(next, error); next += 2;
    store64(next, offset); next += 8;
    store64(next, UINT64_MAX); next += 8;
    store64(next, 0); next += 8;
    *next++ = 1;                       // no record errors
    *next++ = 0;                       // no message
    *next++ = 0; *next++ = 0;          // tags of partition and topic
    store32(next, 0); next += 4;       // throttle
    *next++ = 0;
    store32(to, (uint32_t)(next - to) - 4);
    return (size_t)(next - to);
}

static int write_all(struct segments *segments, struct iovec *vectors, int count, size_t bytes) {
    ssize_t done = clinux_pwritev(segments->file, vectors, count, (int64_t)segments->end);
    segments->end += bytes;
    return done == (ssize_t)bytes ? 0 : -EIO;
}

static void receive_and_append(int connection, struct segments *segments) {
    uint8_t *buffer = aligned_alloc(4096, BUFFER), *answers = malloc(64 << 10);
    size_t start = 0, end = 0;
    struct pollfd wait = { .fd = connection, .events = POLLIN };
    for (;;) {
        ssize_t got = clinux_recv(connection, buffer + end, BUFFER - end);
        if (got == -EAGAIN) { poll(&wait, 1, -1); continue; }
        if (got <= 0) break;
        end += (size_t)got;
        struct iovec vectors[256];
        int gathered = 0;
        size_t bytes = 0, answer_bytes = 0;
        while (end - start >= 4 && gathered < 256) {
            const uint32_t size = load32(buffer + start);
            if (size + 4 > BUFFER) goto done;
            if (end - start < size + 4) break;
            uint32_t batch_size, partition, name_size;
            const uint8_t *name;
            uint8_t *batch = find_batch(buffer + start + 4, size, &batch_size, &partition, &name, &name_size);
            if (!batch) goto done;
            const bool whole = clinux_crc32c(0, batch + ATTRIBUTES, batch_size - ATTRIBUTES) == load32(batch + CRC);
            if (whole) {
                if (segments->file < 0 || segments->end + bytes + batch_size > segments->bytes) {
                    if (gathered && write_all(segments, vectors, gathered, bytes)) goto done;
                    gathered = 0, bytes = 0;
                    if (roll(segments) < 0) goto done;
                }
                store64(batch + BASE_OFFSET, segments->offset);
                vectors[gathered++] = (struct iovec){ batch, batch_size };
                bytes += batch_size;
            }
            answer_bytes += answer_produce(answers + answer_bytes, load32(buffer + start + 8), name, name_size, partition,
                                           whole ? 0 : 2, segments->offset);
            if (whole) segments->offset += load32(batch + COUNT);
            start += size + 4;
        }
        if (gathered && write_all(segments, vectors, gathered, bytes)) break;
        if (answer_bytes) send_all(connection, answers, answer_bytes, 0);
        if (start == end) start = end = 0;
        else if (start && BUFFER - end < BUFFER / 4) { memmove(buffer, buffer + start, end - start); end -= start; start = 0; }
    }
done:
    free(buffer);
    free(answers);
}

pid_t creference_start_produce_server(const char *directory, uint64_t segment_bytes, int cpu, const char *congestion,
                                      uint16_t *port) {
    int listener = listen_anywhere(congestion, port);
    if (listener < 0) return listener;
    const pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0) { clinux_close(listener); return pid < 0 ? -errno : pid; }
    settle(parent, cpu);
    struct segments segments = { .bytes = segment_bytes, .file = -1 };
    snprintf(segments.directory, sizeof segments.directory, "%s", directory);
    for (;;) {
        int connection = accept_one(listener);
        if (connection < 0) _exit(1);
        receive_and_append(connection, &segments);
        clinux_close(connection);
    }
}

// --- fetch ------------------------------------------------------------------------------------------

struct sender { enum creference_transfer transfer; int file, pipe[2]; uint64_t from, file_bytes, chunk, at; uint8_t *buffer; };

#define COPY (1u << 20)

static bool send_chunk(struct sender *s, int connection) {
    uint64_t left = s->chunk;
    while (left) {
        if (s->at == s->file_bytes) s->at = 0;
        uint64_t part = left < s->file_bytes - s->at ? left : s->file_bytes - s->at;
        ssize_t done;
        if (s->transfer == CREFERENCE_SPLICE) {
            loff_t from = (loff_t)s->at;
            done = splice(s->file, &from, s->pipe[1], NULL, part, SPLICE_F_MOVE);
            for (ssize_t inside = done; inside > 0;) {
                unsigned more = left > (uint64_t)done ? SPLICE_F_MORE : 0;
                ssize_t out = splice(s->pipe[0], NULL, connection, NULL, (size_t)inside, SPLICE_F_MOVE | more);
                if (out <= 0) return false;
                inside -= out;
            }
        } else if (s->transfer == CREFERENCE_SENDFILE) {
            done = clinux_sendfile(connection, s->file, (int64_t)s->at, part);
        } else {
            done = (ssize_t)(part < COPY ? part : COPY);
            if (s->transfer == CREFERENCE_COPY) done = clinux_pread(s->file, s->buffer, (size_t)done, (int64_t)s->at);
            if (done > 0) send_all(connection, s->buffer, (size_t)done, left > (uint64_t)done ? MSG_MORE : 0);
        }
        if (done <= 0) return false;
        s->at += (uint64_t)done;
        left -= (uint64_t)done;
    }
    return true;
}

static void answer_fetches(int connection, struct sender *sender, uint8_t *header, size_t header_bytes) {
    set_blocking(connection);
    sender->at = sender->from;
    uint8_t request[64 << 10];
    size_t start = 0, end = 0;
    for (;;) {
        ssize_t got = recv(connection, request + end, sizeof request - end, 0);
        if (got <= 0) return;
        end += (size_t)got;
        while (end - start >= 12 && end - start >= load32(request + start) + 4) {
            memcpy(header + 4, request + start + 8, 4);   // the correlation id
            start += load32(request + start) + 4;
            send_all(connection, header, header_bytes, MSG_MORE);
            if (!send_chunk(sender, connection)) return;
        }
        memmove(request, request + start, end - start);
        end -= start;
        start = 0;
    }
}

pid_t creference_start_fetch_server(enum creference_transfer transfer, const char *file, uint64_t from, uint64_t file_bytes, uint64_t chunk,
                                    const void *header, size_t header_bytes, int cpu, const char *congestion, uint16_t *port) {
    struct sender sender = { .transfer = transfer, .from = from, .file_bytes = file_bytes, .chunk = chunk, .file = -1 };
    if (transfer != CREFERENCE_CONSTANT && (sender.file = clinux_open(file, O_RDONLY, 0)) < 0) return sender.file;
    int listener = listen_anywhere(congestion, port);
    if (listener < 0) { if (sender.file >= 0) clinux_close(sender.file); return listener; }
    const pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0) {
        if (sender.file >= 0) clinux_close(sender.file);
        clinux_close(listener);
        return pid < 0 ? -errno : pid;
    }
    settle(parent, cpu);
    sender.buffer = aligned_alloc(4096, COPY);
    memset(sender.buffer, 7, COPY);
    uint8_t *own_header = malloc(header_bytes);
    memcpy(own_header, header, header_bytes);
    for (;;) {
        int connection = accept_one(listener);
        if (connection < 0) _exit(1);
        // What a client that left did not take stays in a pipe; a full one would let nothing more in.
        if (pipe2(sender.pipe, O_CLOEXEC) < 0) _exit(1);
        fcntl(sender.pipe[1], F_SETPIPE_SZ, 1 << 20);
        answer_fetches(connection, &sender, own_header, header_bytes);
        clinux_close(sender.pipe[0]);
        clinux_close(sender.pipe[1]);
        clinux_close(connection);
    }
}

void creference_stop_server(pid_t pid) {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) { }
}
