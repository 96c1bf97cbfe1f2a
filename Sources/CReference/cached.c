// A log whose reader is a little behind its writer: through the page cache, or past it with a cache of the process's own.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

static uint64_t resident_bytes(void) {
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%llu %llu", &size, &resident) != 2) resident = 0;
    if (file) fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void *map(uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/// Whole blocks only: -EIO for a short one.
static int whole(ssize_t done) { return done == BLOCK ? 0 : done < 0 ? (int)done : -EIO; }

/// What the process that begins again does: reads the last `cached` blocks in order.
static int restart(const char *path, bool own_cache, uint64_t first, uint64_t cached, uint8_t *to, double *rate) {
    int file = clinux_open(path, O_RDONLY | (own_cache ? O_DIRECT : 0), 0600);
    if (file < 0) return file;
    uint8_t *cache = own_cache ? map(cached * BLOCK) : NULL;
    int failed = own_cache && !cache ? -ENOMEM : 0;
    const double begin = creference_now();
    for (uint64_t n = 0; !failed && n < cached; n++) {
        uint8_t *place = own_cache ? cache + n * BLOCK : to;
        failed = whole(clinux_pread(file, place, BLOCK, (int64_t)((first + n) * BLOCK)));
        if (!failed && own_cache) memcpy(to, place, BLOCK);
    }
    *rate = (double)cached * BLOCK / (creference_now() - begin);
    if (cache) munmap(cache, cached * BLOCK);
    clinux_close(file);
    return failed;
}

int creference_cached_log(const char *path, bool own_cache, uint64_t cache_bytes, uint64_t total_bytes, uint32_t behind,
                          struct creference_cached_log *result) {
    const uint64_t cached = cache_bytes / BLOCK, total = total_bytes / BLOCK;
    if (cached <= behind || total < cached) return -EINVAL;
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC | (own_cache ? O_DIRECT : 0), 0600);
    if (file < 0) return file;
    uint8_t *received = map(BLOCK), *sent = map(BLOCK), *cache = own_cache ? map(cached * BLOCK) : NULL;
    int failed = !received || !sent || (own_cache && !cache) ? -ENOMEM : 0;
    if (!failed) {
        memset(received, 0x5a, BLOCK), memset(sent, 0, BLOCK);
        if (cache) memset(cache, 0, cached * BLOCK);
        failed = clinux_fallocate(file, false, 0, (int64_t)(total * BLOCK));
        if (failed == -EOPNOTSUPP) failed = 0;
    }
    const uint64_t cpu = clinux_thread_cpu_ns();
    const double begin = creference_now();
    for (uint64_t n = 0; !failed && n < total; n++) {
        memcpy(received, &n, sizeof n);
        uint8_t *from = own_cache ? cache + n % cached * BLOCK : received;
        if (own_cache) memcpy(from, received, BLOCK);
        failed = whole(clinux_pwrite(file, from, BLOCK, (int64_t)(n * BLOCK)));
        if (failed || n < behind) continue;
        const uint64_t read = n - behind;
        if (own_cache) memcpy(sent, cache + read % cached * BLOCK, BLOCK);
        else failed = whole(clinux_pread(file, sent, BLOCK, (int64_t)(read * BLOCK)));
        uint64_t stamp;
        memcpy(&stamp, sent, sizeof stamp);
        if (!failed && stamp != read) failed = -EBADMSG;
    }
    // Both sides end with everything on the device: what the page cache has yet to write is on its account.
    if (!failed) failed = clinux_fdatasync(file);
    result->seconds = creference_now() - begin;
    result->cpu_seconds = (double)(clinux_thread_cpu_ns() - cpu) / 1e9;
    result->bytes = total * BLOCK;
    result->resident_bytes = resident_bytes();
    clinux_close(file);
    if (cache) munmap(cache, cached * BLOCK);
    if (!failed) failed = restart(path, own_cache, total - cached, cached, sent, &result->restart_bytes_per_second);
    if (received) munmap(received, BLOCK);
    if (sent) munmap(sent, BLOCK);
    unlink(path);
    return failed;
}
