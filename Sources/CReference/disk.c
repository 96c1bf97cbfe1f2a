// The disk's own speed: sequential writes with their sync, small synced appends, cached reads and cold ones.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20, PAGE = 4096, MOST_SAMPLES = 1 << 20 };

static void *filled(size_t bytes) {
    uint64_t *words = aligned_alloc(PAGE, bytes), state = 88172645463325252ull;
    for (size_t n = 0; words && n < bytes / 8; n++) {   // xorshift: a disk that compresses must not look fast
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        words[n] = state;
    }
    return words;
}

static int fill(int file, uint64_t bytes) {
    void *block = filled(MEBIBYTE);
    int failed = 0;
    for (uint64_t at = 0; !failed && at < bytes; at += MEBIBYTE)
        if (clinux_pwrite(file, block, MEBIBYTE, (int64_t)at) != MEBIBYTE) failed = -EIO;
    free(block);
    return failed;
}

double creference_write(const char *path, bool direct, double seconds, uint64_t most_bytes) {
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC | (direct ? O_DIRECT : 0), 0600);
    if (file < 0) return file;
    void *bytes = filled(MEBIBYTE);
    uint64_t written = 0;
    int failed = clinux_fallocate(file, false, 0, (int64_t)most_bytes);
    if (failed == -EOPNOTSUPP) failed = 0;
    const double begin = creference_now();
    while (!failed && written < most_bytes && creference_now() < begin + seconds) {
        ssize_t done = clinux_pwrite(file, bytes, MEBIBYTE, (int64_t)written);
        if (done != MEBIBYTE) failed = done < 0 ? (int)done : -EIO;
        else written += MEBIBYTE;
    }
    if (!failed) failed = clinux_fdatasync(file);
    const double elapsed = creference_now() - begin;
    clinux_close(file);
    unlink(path);
    free(bytes);
    return failed ? failed : (double)written / elapsed;
}

int creference_warm(const char *path, uint64_t bytes) {
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return file;
    int failed = fill(file, bytes);
    clinux_close(file);
    unlink(path);
    return failed;
}

int creference_append_sync(const char *path, double seconds, struct creference_latency *result) {
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return file;
    void *bytes = filled(PAGE);
    uint64_t *samples = malloc(MOST_SAMPLES * sizeof *samples);
    size_t count = 0;
    int failed = 0;
    uint64_t now = clinux_monotonic_ns();
    const uint64_t until = now + (uint64_t)(seconds * 1e9);
    while (!failed && count < MOST_SAMPLES && now < until) {
        const uint64_t start = clinux_monotonic_ns();
        if (clinux_pwrite(file, bytes, PAGE, (int64_t)count * PAGE) != PAGE) failed = -EIO;
        if (!failed) failed = clinux_fdatasync(file);
        now = clinux_monotonic_ns();
        samples[count++] = now - start;
    }
    clinux_close(file);
    unlink(path);
    if (!failed) failed = creference_summarise(samples, count, result);
    free(samples);
    free(bytes);
    return failed;
}

double creference_cached_read(const char *path, double seconds) {
    const uint64_t size = 256u << 20;   // above the last-level cache of common machines
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return file;
    int failed = fill(file, size);
    uint8_t *to = aligned_alloc(PAGE, MEBIBYTE);
    memset(to, 0, MEBIBYTE);
    double bytes = 0;
    const double begin = creference_now();
    double now = begin;
    for (uint64_t at = 0; !failed && now < begin + seconds; at = (at + MEBIBYTE) % size, now = creference_now()) {
        ssize_t done = clinux_pread(file, to, MEBIBYTE, (int64_t)at);
        if (done <= 0) failed = done < 0 ? (int)done : -EIO;
        else bytes += (double)done;
    }
    clinux_close(file);
    unlink(path);
    free(to);
    return failed ? failed : bytes / (now - begin);
}

/// Of a file whose bytes are on the device.
static double direct_read(const char *path, double seconds, uint64_t file_bytes) {
    int file = clinux_open(path, O_RDONLY | O_DIRECT, 0);
    if (file < 0) return file;
    uint8_t *to = aligned_alloc(PAGE, MEBIBYTE);
    memset(to, 0, MEBIBYTE);
    int failed = 0;
    double bytes = 0;
    const double begin = creference_now();
    double now = begin;
    for (uint64_t at = 0; !failed && now < begin + seconds; at = (at + MEBIBYTE) % file_bytes, now = creference_now()) {
        ssize_t done = clinux_pread(file, to, MEBIBYTE, (int64_t)at);
        if (done != MEBIBYTE) failed = done < 0 ? (int)done : -EIO;
        else bytes += (double)done;
    }
    clinux_close(file);
    free(to);
    return failed ? failed : bytes / (now - begin);
}

int creference_cold_reads(const char *path, double seconds, uint64_t file_bytes, struct creference_latency *at_random, double *in_sequence) {
    int file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    *in_sequence = file;
    if (file < 0) return file;
    int failed = fill(file, file_bytes);
    if (!failed) failed = clinux_fdatasync(file);
    if (!failed) failed = clinux_fadvise_dontneed(file, 0, 0);
    if (!failed) failed = clinux_fadvise_random(file, 0, 0);
    void *to = aligned_alloc(PAGE, PAGE);
    uint64_t *samples = malloc(MOST_SAMPLES * sizeof *samples);
    // Each page at most once, so that no read is answered by the cache: an odd step visits all of a power of two.
    uint64_t pages = 1;
    while (pages * 2 <= file_bytes / PAGE) pages *= 2;
    const uint64_t step = (pages * 618 / 1000) | 1;
    const uint64_t until = clinux_monotonic_ns() + (uint64_t)(seconds * 1e9);
    size_t count = 0;
    for (uint64_t page = 0, now = 0; !failed && count < pages && count < MOST_SAMPLES && now < until; page = (page + step) % pages) {
        const uint64_t start = clinux_monotonic_ns();
        ssize_t done = clinux_pread(file, to, PAGE, (int64_t)(page * PAGE));
        now = clinux_monotonic_ns();
        if (done != PAGE) failed = done < 0 ? (int)done : -EIO;
        samples[count++] = now - start;
    }
    clinux_close(file);
    if (!failed) failed = creference_summarise(samples, count, at_random);
    *in_sequence = failed ? failed : direct_read(path, seconds, file_bytes);
    unlink(path);
    free(samples);
    free(to);
    return failed;
}
