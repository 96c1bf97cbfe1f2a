/* How much of its time this machine's processor loses, in percent: the same work again and again, `steadiness SECONDS`.
 *
 * A unit is about 20 us of multiplications and of copies within half a mebibyte. What one takes beyond the median is lost where it takes
 * more than twice as long; printed is the sum of it over all that was worked. A processor that somebody else shares without telling so
 * (no steal is counted) is seen here, also where it is slow for a tenth of a second and then not for several: a hundredth of its
 * milliseconds would not show that.
 *
 * It runs on the CPU that it is started on, and shares no source with the programs whose lateness it may excuse.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HALF = 256 << 10, PIECE = 8 << 10 };

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    const double seconds = count == 2 ? atof(arguments[1]) : 0;
    if (seconds <= 0 || seconds > 60) return fprintf(stderr, "steadiness SECONDS, 60 at most\n"), 64;
    const size_t most = (size_t)(seconds * 400000) + 1;   /* units of 2.5 us would have room */
    uint64_t *spent = malloc(most * sizeof *spent);
    uint8_t *memory = malloc(2 * HALF);
    if (spent == NULL || memory == NULL) return fprintf(stderr, "no memory\n"), 1;
    /* Pages are there before the first unit. */
    memset(spent, 1, most * sizeof *spent);
    memset(memory, 1, 2 * HALF);
    volatile uint64_t state = 1;
    size_t used = 0, at = 0;
    const uint64_t end = now() + (uint64_t)(seconds * 1e9);
    for (uint64_t from = now(); from < end && used < most;) {
        for (int n = 0; n < 8000; n++) state = state * 6364136223846793005u + 1;
        for (int n = 0; n < 4; n++, at = (at + PIECE) % HALF) memcpy(memory + HALF + at, memory + at, PIECE);
        const uint64_t to = now();
        spent[used++] = to - from;
        from = to;
    }
    double lost = 0, worked = 0;
    uint64_t *sorted = malloc(used * sizeof *sorted);
    if (sorted == NULL) return fprintf(stderr, "no memory\n"), 1;
    memcpy(sorted, spent, used * sizeof *sorted);
    qsort(sorted, used, sizeof *sorted, ascending);
    const uint64_t median = sorted[used / 2];
    for (size_t n = 0; n < used; n++) {
        worked += (double)spent[n];
        if (spent[n] > 2 * median) lost += (double)(spent[n] - median);
    }
    printf("%.3f\n", 100 * lost / worked);
    return 0;
}
