// One file on the device, past the page cache: blocks in order, and blocks at random places.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20, PAGE = 4096 };

static uint64_t next(uint64_t *state) { return *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17; }

static void *random_bytes(size_t bytes, uint64_t seed) {
    uint64_t *words = aligned_alloc(PAGE, bytes), state = seed | 1;
    for (size_t n = 0; words && n < bytes / 8; n++) words[n] = next(&state);
    return words;
}

int creference_make_file(const char *path, uint64_t bytes) {
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
    if (file < 0) return file;
    int failed = clinux_fallocate(file, false, 0, (int64_t)bytes);
    if (failed == -EOPNOTSUPP) failed = 0;
    void *block = random_bytes(MEBIBYTE, 88172645463325252ull);
    for (uint64_t at = 0; !failed && at + MEBIBYTE <= bytes; at += MEBIBYTE) {
        ssize_t done = clinux_pwrite(file, block, MEBIBYTE, (int64_t)at);
        if (done != MEBIBYTE) failed = done < 0 ? (int)done : -EIO;
    }
    if (!failed) failed = clinux_fdatasync(file);
    clinux_close(file);
    free(block);
    return failed;
}

struct order {
    const char *path;
    uint64_t file_bytes, seed;
    bool writes, in_order;
    uint32_t block;
    double seconds, rate;
    pthread_t thread;
};

static double go(const struct order *order) {
    int file = clinux_open(order->path, (order->writes ? O_RDWR : O_RDONLY) | O_DIRECT, 0600);
    if (file < 0) return file;
    const uint32_t block = order->block;
    uint64_t state = order->seed | 1;
    void *bytes = random_bytes(block, state);
    const uint64_t blocks = order->file_bytes / block;
    // A stretch in order begins anywhere: a cache below us holds no stretch that comes again and again.
    uint64_t at = next(&state) % blocks;
    uint64_t count = 0;
    int failed = bytes ? 0 : -ENOMEM;
    const double begin = creference_now();
    double now = begin;
    while (!failed && now < begin + order->seconds) {
        const int64_t position = (int64_t)(at * block);
        ssize_t done = order->writes ? clinux_pwrite(file, bytes, block, position) : clinux_pread(file, bytes, block, position);
        if (done != (ssize_t)block) failed = done < 0 ? (int)done : -EIO;
        at = order->in_order ? (at + 1) % blocks : next(&state) % blocks;
        count++;
        now = creference_now();
    }
    clinux_close(file);
    free(bytes);
    return failed ? failed : (double)count * block / (now - begin);
}

static void *run(void *order) {
    ((struct order *)order)->rate = go(order);
    return NULL;
}

double creference_direct(const char *path, uint64_t file_bytes, bool writes, bool in_order, uint32_t block, uint32_t depth, double seconds) {
    if (depth < 1 || depth > CREFERENCE_DEPTH_MOST || file_bytes < block) return -EINVAL;
    struct order orders[CREFERENCE_DEPTH_MOST];
    uint32_t started = 0;
    for (; started < depth; started++) {
        struct order *order = &orders[started];
        *order = (struct order){.path = path, .file_bytes = file_bytes, .seed = clinux_monotonic_ns() + started * 7919, .writes = writes,
                                .in_order = in_order, .block = block, .seconds = seconds};
        // One at a time needs no thread, and no wake-up is on its account.
        if (depth == 1) run(order);
        else if (pthread_create(&order->thread, NULL, run, order)) break;
    }
    double sum = started < depth ? -EAGAIN : 0;
    for (uint32_t n = 0; n < started; n++) {
        if (depth > 1) pthread_join(orders[n].thread, NULL);
        if (sum >= 0) sum = orders[n].rate < 0 ? orders[n].rate : sum + orders[n].rate;
    }
    return sum;
}
