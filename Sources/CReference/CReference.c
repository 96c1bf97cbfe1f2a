// What the reference loops share: CRC-32C comes from CLinux, as ours does.
#include "internal.h"
#include <errno.h>
#include <stdlib.h>
#include <time.h>

double creference_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int creference_summarise(uint64_t *samples, size_t count, struct creference_latency *result) {
    if (count == 0) return -ETIME;
    qsort(samples, count, sizeof *samples, ascending);
    result->p50 = samples[count / 2];
    result->p99 = samples[count * 99 / 100];
    result->count = count;
    return 0;
}
