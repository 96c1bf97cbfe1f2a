// The machine's own speed: short loops over CPU, memory, timers and loopback.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SAMPLES = 1 << 20, PING = 1024 };

double creference_memcpy(size_t bytes, double seconds) {
    uint8_t *from = aligned_alloc(4096, bytes), *to = aligned_alloc(4096, bytes);
    if (!from || !to) { free(from); free(to); return -ENOMEM; }
    memset(from, 1, bytes);
    memset(to, 2, bytes);
    const double begin = creference_now();
    double now, copied = 0;
    do {
        memcpy(to, from, bytes);
        __asm__ volatile("" : : "r"(to) : "memory");
        copied += (double)bytes;
    } while ((now = creference_now()) < begin + seconds);
    free(from);
    free(to);
    return copied / (now - begin);
}

struct worker { pthread_t thread; double seconds, bytes, elapsed; uint64_t sum; };

/// 64 KiB of records of 100 bytes: a varint length is read, the bytes are skipped, then all are checksummed.
static void *crc_and_varints(void *raw) {
    struct worker *worker = raw;
    enum { SIZE = 64 << 10 };
    uint8_t *bytes = aligned_alloc(4096, SIZE);
    for (int n = 0; n < SIZE; n++) bytes[n] = (uint8_t)(n * 131);
    for (int n = 0; n + 102 <= SIZE; n += 102) { bytes[n] = 200; bytes[n + 1] = 1; }
    const double begin = creference_now();
    double now;
    do {
        for (int round = 0; round < 16; round++) {
            for (int n = 0; n + 102 <= SIZE; n += 102) {
                uint32_t value = 0;
                int at = n;
                for (int shift = 0; shift < 35; shift += 7) {
                    value |= (uint32_t)(bytes[at] & 127) << shift;
                    if (bytes[at++] < 128) break;
                }
                worker->sum += value;
            }
            worker->sum += clinux_crc32c((uint32_t)worker->sum, bytes, SIZE);
            worker->bytes += SIZE;
        }
    } while ((now = creference_now()) < begin + worker->seconds);
    worker->elapsed = now - begin;
    free(bytes);
    return NULL;
}

double creference_crc_varint(int threads, double seconds) {
    if (threads < 1) return -EINVAL;
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    double total = 0;
    int started = 0;
    for (; started < threads; started++) {
        workers[started].seconds = seconds;
        if (pthread_create(&workers[started].thread, NULL, crc_and_varints, &workers[started])) break;
    }
    for (int n = 0; n < started; n++) {
        pthread_join(workers[n].thread, NULL);
        total += workers[n].bytes / workers[n].elapsed;
    }
    free(workers);
    return started == threads ? total : -EAGAIN;
}

// --- loopback ---------------------------------------------------------------------------------------

static int connected(const char *congestion, int pair[2]) {
    int listener = clinux_tcp_listen("127.0.0.1", 0, 4, congestion);
    if (listener < 0) return listener;
    struct clinux_endpoint here, peer;
    clinux_local_endpoint(listener, &here);
    pair[0] = clinux_tcp_connect(here.host, here.port, congestion);
    struct pollfd wait = { .fd = listener, .events = POLLIN };
    poll(&wait, 1, 1000);
    pair[1] = clinux_tcp_accept(listener, &peer);
    clinux_close(listener);
    if (pair[0] < 0 || pair[1] < 0) return -ECONNREFUSED;
    for (int n = 0; n < 2; n++) fcntl(pair[n], F_SETFL, fcntl(pair[n], F_GETFL) & ~O_NONBLOCK);
    return 0;
}

static void *discard(void *raw) {
    int connection = *(int *)raw;
    while (recv(connection, NULL, 4 << 20, MSG_TRUNC) > 0) { }
    return NULL;
}

double creference_tcp_stream(double seconds, const char *congestion) {
    int pair[2];
    int failed = connected(congestion, pair);
    if (failed) return failed;
    pthread_t reader;
    if (pthread_create(&reader, NULL, discard, &pair[1])) return -EAGAIN;
    enum { CHUNK = 1 << 20 };
    uint8_t *bytes = aligned_alloc(4096, CHUNK);
    memset(bytes, 3, CHUNK);
    const double begin = creference_now();
    double now, sent = 0;
    do {
        ssize_t done = send(pair[0], bytes, CHUNK, MSG_NOSIGNAL);
        if (done < 0) break;
        sent += (double)done;
    } while ((now = creference_now()) < begin + seconds);
    now = creference_now();
    clinux_shutdown_write(pair[0]);
    pthread_join(reader, NULL);
    clinux_close(pair[0]);
    clinux_close(pair[1]);
    free(bytes);
    return sent / (now - begin);
}

static bool receive_whole(int connection, uint8_t *bytes, size_t count) {
    return recv(connection, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

static void *echo(void *raw) {
    int connection = *(int *)raw;
    uint8_t bytes[PING];
    while (receive_whole(connection, bytes, PING) && send(connection, bytes, PING, MSG_NOSIGNAL) == PING) { }
    return NULL;
}

int creference_tcp_ping(double seconds, const char *congestion, struct creference_latency *result) {
    int pair[2];
    int failed = connected(congestion, pair);
    if (failed) return failed;
    pthread_t other;
    if (pthread_create(&other, NULL, echo, &pair[1])) return -EAGAIN;
    uint64_t *samples = malloc(MOST_SAMPLES * sizeof *samples);
    size_t count = 0;
    uint8_t bytes[PING] = { 0 };
    const uint64_t until = clinux_monotonic_ns() + (uint64_t)(seconds * 1e9);
    uint64_t now = 0;
    while (count < MOST_SAMPLES && now < until) {
        const uint64_t start = clinux_monotonic_ns();
        if (send(pair[0], bytes, PING, MSG_NOSIGNAL) != PING || !receive_whole(pair[0], bytes, PING)) break;
        now = clinux_monotonic_ns();
        samples[count++] = now - start;
    }
    clinux_shutdown_write(pair[0]);
    pthread_join(other, NULL);
    clinux_close(pair[0]);
    clinux_close(pair[1]);
    failed = creference_summarise(samples, count, result);
    free(samples);
    return failed;
}

struct holder { int connection; uint64_t hold_ns; uint64_t *held; size_t count; };

// Holds each answer back, and keeps for how long it had the request.
static void *hold(void *raw) {
    struct holder *this = raw;
    clinux_set_timer_slack_ns(1);
    uint8_t bytes[PING];
    while (this->count < MOST_SAMPLES && receive_whole(this->connection, bytes, PING)) {
        const uint64_t taken = clinux_monotonic_ns();
        clinux_sleep_until_ns(taken + this->hold_ns);
        this->held[this->count++] = clinux_monotonic_ns() - taken;
        if (send(this->connection, bytes, PING, MSG_NOSIGNAL) != PING) break;
    }
    return NULL;
}

int creference_held_echo(double seconds, uint64_t hold_ns, uint64_t rest_ns, struct creference_latency *result) {
    int pair[2];
    int failed = connected("", pair);
    if (failed) return failed;
    uint64_t *samples = malloc(MOST_SAMPLES * sizeof *samples);
    struct holder holder = { .connection = pair[1], .hold_ns = hold_ns, .held = malloc(MOST_SAMPLES * sizeof(uint64_t)) };
    pthread_t other;
    if (pthread_create(&other, NULL, hold, &holder)) failed = -EAGAIN;
    size_t count = 0;
    uint8_t bytes[PING] = { 0 };
    const uint64_t until = clinux_monotonic_ns() + (uint64_t)(seconds * 1e9);
    uint64_t now = 0;
    while (!failed && count < MOST_SAMPLES && now < until) {
        const uint64_t start = clinux_monotonic_ns();
        if (send(pair[0], bytes, PING, MSG_NOSIGNAL) != PING || !receive_whole(pair[0], bytes, PING)) break;
        now = clinux_monotonic_ns();
        samples[count++] = now - start;
        clinux_sleep_until_ns(now + rest_ns);
    }
    clinux_shutdown_write(pair[0]);
    if (!failed) pthread_join(other, NULL);
    clinux_close(pair[0]);
    clinux_close(pair[1]);
    // What lay between: two sockets and two wake-ups.
    for (size_t n = 0; n < count; n++) samples[n] -= holder.held[n];
    if (!failed) failed = creference_summarise(samples, count, result);
    free(holder.held);
    free(samples);
    return failed;
}

int creference_timer(double seconds, struct creference_latency *result) {
    clinux_set_timer_slack_ns(1);
    uint64_t *samples = malloc(MOST_SAMPLES * sizeof *samples);
    size_t count = 0;
    uint64_t now = clinux_monotonic_ns();
    const uint64_t until = now + (uint64_t)(seconds * 1e9);
    while (count < MOST_SAMPLES && now < until) {
        const uint64_t due = now + 200000;   // a wake-up each 200 µs
        clinux_sleep_until_ns(due);
        now = clinux_monotonic_ns();
        samples[count++] = now - due;
    }
    clinux_set_timer_slack_ns(0);            // the thread's default again
    int failed = creference_summarise(samples, count, result);
    free(samples);
    return failed;
}
