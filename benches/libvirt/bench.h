/* What both programs share: the clock, order statistics, results as JSON lines, memory from /proc. */
#ifndef BENCH_H
#define BENCH_H
#define _GNU_SOURCE 1
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DIE(...) do { fprintf(stderr, __VA_ARGS__); fputc('\n', stderr); exit(3); } while (0)

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
static inline uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
static inline uint64_t cpu_ns(void) { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }

static inline int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}
/* The nearest-rank quantile; sorts the values. */
static inline double quantile(uint64_t *values, size_t n, double q)
{
    qsort(values, n, sizeof *values, compare_u64);
    size_t i = (size_t)(q * (double)n);
    return n ? (double)values[i < n ? i : n - 1] : 0;
}
/* One result: a JSON object on a line of its own. */
static inline void emit(const char *metric, double value, const char *unit)
{
    printf("{\"m\":\"%s\",\"v\":%.9g,\"u\":\"%s\"}\n", metric, value, unit);
    fflush(stdout);
}
static inline long status_kib(const char *key)
{
    char line[256];
    long value = -1;
    size_t n = strlen(key);
    FILE *f = fopen("/proc/self/status", "r");
    if (!f) DIE("/proc/self/status: %s", strerror(errno));
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, key, n) && line[n] == ':') { value = atol(line + n + 1); break; }
    fclose(f);
    return value;
}
#endif
