/* How steady this machine's processor is: the same arithmetic again and again, `steadiness SECONDS`.
 *
 * A unit is about 20 us of additions and multiplications that touch no memory. Of each millisecond the mean of its units is taken; printed
 * is the 99th percentile of those means over their median. A processor that somebody else shares without telling so (no steal is counted)
 * is seen here: 1.1 is a steady machine, 10 one that runs at a tenth of its speed for a hundredth of the time.
 *
 * The doctor does the same within 200 ms (Sources/Topology/ProcessorSteadiness.swift). This one shares no source with the
 * programs whose lateness it may excuse.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    double seconds = count == 2 ? atof(arguments[1]) : 0;
    if (seconds <= 0 || seconds > 60) return fprintf(stderr, "steadiness SECONDS, 60 at most\n"), 64;
    size_t windows = (size_t)(seconds * 1000) + 1, used = 0;
    double *means = calloc(windows, sizeof *means);
    volatile uint64_t state = 1;
    uint64_t begin = now(), end = begin + (uint64_t)(seconds * 1e9);
    while (now() < end && used < windows) {
        uint64_t opened = now(), units = 0, spent = 0;
        do {
            uint64_t from = now();
            for (int n = 0; n < 20000; n++) state = state * 6364136223846793005u + 1;
            spent += now() - from;
            units++;
        } while (now() - opened < 1000000);
        means[used++] = (double)spent / (double)units;
    }
    qsort(means, used, sizeof *means, ascending);
    printf("%.2f\n", means[used * 99 / 100] / means[used / 2]);
    return 0;
}
