// The load generator: prebuilt frames in, answers checked and discarded, one connection, a fixed depth in flight.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { SMALL = 4096 };

struct answers {
    int connection, check_at;
    int64_t expected;
    uint64_t discard;        // bytes of the present answer still to be thrown away
    size_t have;             // bytes of `front`
    uint8_t front[SMALL];
};

/// Takes what has arrived. Answers completed, -errno at a broken connection, -EPIPE at its end.
static int64_t take(struct answers *a, struct creference_load *result) {
    int64_t completed = 0;
    for (;;) {
        if (a->discard) {
            ssize_t got = clinux_recv_discard(a->connection, a->discard > (8u << 20) ? 8u << 20 : (size_t)a->discard);
            if (got == -EAGAIN) return completed;
            if (got <= 0) return got < 0 ? got : -EPIPE;
            result->bytes_received += (uint64_t)got;
            a->discard -= (uint64_t)got;
            if (a->discard == 0) completed++;
            continue;
        }
        // A long answer's length alone is read, so that its body can be discarded uncopied.
        const size_t want = a->expected > SMALL ? 4 - a->have : sizeof a->front - a->have;
        ssize_t got = clinux_recv(a->connection, a->front + a->have, want);
        if (got == -EAGAIN) return completed;
        if (got <= 0) return got < 0 ? got : -EPIPE;
        result->bytes_received += (uint64_t)got;
        a->have += (size_t)got;
        size_t at = 0;
        while (a->have - at >= 4) {
            const uint64_t length = load32(a->front + at);
            if (a->expected > 0 && length + 4 != (uint64_t)a->expected) result->bad_answers++;
            if (length + 4 > SMALL) {
                a->discard = length + 4 - (a->have - at);
                at = a->have;
                break;
            }
            if (a->have - at < length + 4) break;
            if (a->check_at >= 0 && ((uint64_t)a->check_at + 2 > length + 4 || load16(a->front + at + a->check_at))) result->bad_answers++;
            at += length + 4;
            completed++;
        }
        memmove(a->front, a->front + at, a->have - at);
        a->have -= at;
    }
}

static int connect_to(uint16_t port, const char *congestion) {
    int connection = clinux_tcp_connect("127.0.0.1", port, congestion);
    if (connection < 0) return connection;
    struct pollfd wait = { .fd = connection, .events = POLLOUT };
    poll(&wait, 1, 5000);
    int failed = clinux_socket_error(connection);
    if (failed == 0) return connection;
    clinux_close(connection);
    return failed;
}

int creference_load(uint16_t port, const void *const *frames, const uint32_t *sizes, int frame_count, int depth, double seconds,
                    uint64_t limit, int check_at, int64_t answer_bytes, int cpu, const char *congestion,
                    struct creference_load *result) {
    int before[1024], before_count = 0;
    if (cpu >= 0) { before_count = clinux_get_affinity(0, before, 1024); clinux_set_affinity(0, &cpu, 1); }
    memset(result, 0, sizeof *result);
    int failed = connect_to(port, congestion);
    if (failed < 0) goto restore;
    struct answers *answers = calloc(1, sizeof *answers);
    *answers = (struct answers){ .connection = failed, .check_at = check_at, .expected = answer_bytes };
    const int connection = failed;
    failed = 0;
    uint64_t started = 0, answered = 0;   // requests
    size_t sent = 0;                      // bytes of frame number `started`
    const uint64_t begin = clinux_monotonic_ns(), until = begin + (uint64_t)(seconds * 1e9);
    bool stopping = false;
    for (;;) {
        bool idle = true;
        while (!stopping && started - answered < (uint64_t)depth) {
            const int n = (int)(started % (uint64_t)frame_count);
            ssize_t done = clinux_send(connection, (const char *)frames[n] + sent, sizes[n] - sent, false);
            if (done == -EAGAIN) break;
            if (done < 0) { failed = (int)done; goto finished; }
            idle = false;
            result->bytes_sent += (uint64_t)done;
            sent += (size_t)done;
            if (sent < sizes[n]) break;
            sent = 0;
            started++;
            stopping = started == limit || clinux_monotonic_ns() >= until;
        }
        int64_t completed = take(answers, result);
        if (completed < 0) { failed = (int)completed; goto finished; }
        answered += (uint64_t)completed;
        if (stopping && answered == started) break;
        if (idle && completed == 0) {
            const bool wants_out = !stopping && started - answered < (uint64_t)depth;
            struct pollfd wait = { .fd = connection, .events = (short)(POLLIN | (wants_out ? POLLOUT : 0)) };
            int ready = poll(&wait, 1, 5000);
            if (ready == 0) { failed = -ETIMEDOUT; goto finished; }
        }
    }
finished:
    result->ns = clinux_monotonic_ns() - begin;
    result->requests = answered;
    clinux_close(connection);
    free(answers);
restore:
    if (before_count > 0) clinux_set_affinity(0, before, before_count);
    return failed;
}
