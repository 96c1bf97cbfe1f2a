// A log whose reader is behind its writer: through the page cache, past it with a cache of the process's own, or with both.
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

/// Of this process, from the device; -1 where the kernel does not count them.
static int64_t device_read_bytes(void) {
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    long long bytes = -1;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "read_bytes: %lld", &bytes) == 1) break;
    if (file) fclose(file);
    return bytes;
}

/// Seconds in which any CPU of the machine was busy, whoever it worked for: kernel threads that write back are among them.
static double machine_cpu_seconds(void) {
    unsigned long long user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0;
    FILE *file = fopen("/proc/stat", "r");
    if (file && fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &softirq) != 7) user = nice = system = irq = softirq = 0;
    if (file) fclose(file);
    return (double)(user + nice + system + irq + softirq) / (double)sysconf(_SC_CLK_TCK);
}

static void *map(uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/// Of the file, in the page cache. 0 where it cannot be told.
static uint64_t page_cache_bytes(int file, uint64_t bytes) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), pages = bytes / page;
    unsigned char *there = malloc(pages);
    void *view = mmap(NULL, bytes, PROT_READ, MAP_SHARED, file, 0);
    uint64_t count = 0;
    if (there && view != MAP_FAILED && !mincore(view, bytes, there))
        for (uint64_t n = 0; n < pages; n++) count += there[n] & 1;
    if (view != MAP_FAILED) munmap(view, bytes);
    free(there);
    return count * page;
}

/// Whole blocks only: -EIO for a short one.
static int whole(ssize_t done) { return done == BLOCK ? 0 : done < 0 ? (int)done : -EIO; }

/// What the process that begins again does: reads the last `cached` blocks in order.
static int restart(const char *path, bool own_cache, bool direct, uint64_t first, uint64_t cached, uint8_t *to, double *rate) {
    int file = clinux_open(path, O_RDONLY | (direct ? O_DIRECT : 0), 0600);
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

int creference_cached_log(const char *path, bool own_cache, bool direct, uint64_t cache_bytes, uint64_t total_bytes, uint32_t behind,
                          struct creference_cached_log *result) {
    const uint64_t cached = cache_bytes / BLOCK, total = total_bytes / BLOCK;
    if (!cached || total < cached || total <= behind) return -EINVAL;
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC | (direct ? O_DIRECT : 0), 0600);
    if (file < 0) return file;
    const uint64_t resident_before = resident_bytes();
    uint8_t *received = map(BLOCK), *sent = map(BLOCK), *cache = own_cache ? map(cached * BLOCK) : NULL;
    int failed = !received || !sent || (own_cache && !cache) ? -ENOMEM : 0;
    if (!failed) {
        memset(received, 0x5a, BLOCK), memset(sent, 0, BLOCK);
        if (cache) memset(cache, 0, cached * BLOCK);
        failed = clinux_fallocate(file, false, 0, (int64_t)(total * BLOCK));
        if (failed == -EOPNOTSUPP) failed = 0;
    }
    const int64_t device_before = device_read_bytes();
    const double machine = machine_cpu_seconds();
    const int64_t own = clinux_thread_cpu_ns();
    const double begin = creference_now();
    for (uint64_t n = 0; !failed && n < total; n++) {
        memcpy(received, &n, sizeof n);
        uint8_t *from = own_cache ? cache + n % cached * BLOCK : received;
        if (own_cache) memcpy(from, received, BLOCK);
        failed = whole(clinux_pwrite(file, from, BLOCK, (int64_t)(n * BLOCK)));
        if (failed || n < behind) continue;
        const uint64_t read = n - behind;
        // A reader that is farther behind than the cache reaches finds nothing there, and nobody will ask for the block again.
        if (own_cache && behind < cached) memcpy(sent, cache + read % cached * BLOCK, BLOCK);
        else failed = whole(clinux_pread(file, sent, BLOCK, (int64_t)(read * BLOCK)));
        uint64_t stamp;
        memcpy(&stamp, sent, sizeof stamp);
        if (!failed && stamp != read) failed = -EBADMSG;
    }
    // All sides end with everything on the device: what the page cache has yet to write is on its account.
    if (!failed) failed = clinux_fdatasync(file);
    result->seconds = creference_now() - begin;
    // The machine's are counted in ticks: of a short pass its own, which are exact, may be more.
    const double ticked = machine_cpu_seconds() - machine, mine = (double)(clinux_thread_cpu_ns() - own) / 1e9;
    result->machine_cpu_seconds = ticked > mine ? ticked : mine;
    result->bytes = total * BLOCK;
    result->bytes_read = (total - behind) * BLOCK;
    const int64_t device_after = device_read_bytes();
    result->device_read_bytes = device_before < 0 || device_after < 0 ? -1 : device_after - device_before;
    result->resident_bytes = resident_bytes();
    result->resident_growth_bytes = result->resident_bytes > resident_before ? result->resident_bytes - resident_before : 0;
    result->page_cache_bytes = page_cache_bytes(file, total * BLOCK);
    clinux_close(file);
    if (cache) munmap(cache, cached * BLOCK);
    if (!failed) failed = restart(path, own_cache, direct, total - cached, cached, sent, &result->restart_bytes_per_second);
    if (received) munmap(received, BLOCK);
    if (sent) munmap(sent, BLOCK);
    unlink(path);
    return failed;
}
