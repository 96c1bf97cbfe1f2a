// Shared by the reference loops; not for importers.
#pragma once
#include "CLinux.h"
#include "CReference.h"
#include <string.h>

double creference_now(void);
/// Sorts in place. -ETIME without samples.
int creference_summarise(uint64_t *samples, size_t count, struct creference_latency *result);

static inline uint16_t load16(const void *from) { uint16_t v; memcpy(&v, from, 2); return __builtin_bswap16(v); }
static inline uint32_t load32(const void *from) { uint32_t v; memcpy(&v, from, 4); return __builtin_bswap32(v); }
static inline uint64_t load64(const void *from) { uint64_t v; memcpy(&v, from, 8); return __builtin_bswap64(v); }
static inline void store16(void *to, uint16_t v) { v = __builtin_bswap16(v); memcpy(to, &v, 2); }
static inline void store32(void *to, uint32_t v) { v = __builtin_bswap32(v); memcpy(to, &v, 4); }
static inline void store64(void *to, uint64_t v) { v = __builtin_bswap64(v); memcpy(to, &v, 8); }

/// Where the fields of a record batch lie.
enum { BASE_OFFSET = 0, BATCH_LENGTH = 8, LEADER_EPOCH = 12, MAGIC = 16, CRC = 17, ATTRIBUTES = 21, LAST_DELTA = 23,
       BASE_TIMESTAMP = 27, MAX_TIMESTAMP = 35, PRODUCER_ID = 43, PRODUCER_EPOCH = 51, BASE_SEQUENCE = 53, COUNT = 57, HEADER = 61 };
/// Bytes behind the entries of a sealed index, which begin with a marker of 64 ones.
enum { INDEX_SEAL = 24, INDEX_SEAL_MARKER = -3 };
