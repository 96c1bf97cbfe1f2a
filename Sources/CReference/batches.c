// Batch building at the limit: varints, stamps and checksums straight into the batch, payloads read once.
#include "internal.h"
#include <stdlib.h>

enum { STAMP = 32, PAD = 8 };

struct creference_pool {
    uint32_t value_size, body_size, slots, next;
    uint64_t sequence;
    uint8_t *bodies;
    uint32_t *checksums;
    uint32_t join[1024];   // appends a body's checksum to a stamp's
};

struct creference_pool *creference_pool_new(uint32_t value_size, size_t bytes) {
    struct creference_pool *pool = calloc(1, sizeof *pool);
    pool->value_size = value_size;
    pool->body_size = value_size - STAMP;
    pool->slots = (uint32_t)(pool->body_size ? bytes / pool->body_size : 1);
    const size_t total = ((size_t)pool->slots * pool->body_size + PAD + 4095) / 4096 * 4096;
    pool->bodies = aligned_alloc(4096, total);
    pool->checksums = malloc(pool->slots * sizeof *pool->checksums);
    uint64_t state = 88172645463325252ull;
    for (size_t n = 0; n < total; n += 8) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        memcpy(pool->bodies + n, &state, 8);
    }
    clinux_crc32c_zeros(pool->join, pool->body_size);
    for (uint32_t n = 0; n < pool->slots; n++)
        pool->checksums[n] = clinux_crc32c(0, pool->bodies + (size_t)n * pool->body_size, pool->body_size);
    return pool;
}

void creference_pool_free(struct creference_pool *pool) {
    free(pool->bodies);
    free(pool->checksums);
    free(pool);
}

static inline uint64_t zigzag(int64_t value) { return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63); }

static inline uint8_t *put_varint(uint8_t *to, int64_t value) {
    uint64_t raw = zigzag(value);
    for (; raw > 127; raw >>= 7) *to++ = (uint8_t)raw | 128;
    *to++ = (uint8_t)raw;
    return to;
}

static inline int varint_size(int64_t value) { return (70 - __builtin_clzll(zigzag(value) | 1)) / 7; }

static inline void put_value(struct creference_pool *pool, uint8_t *to, uint64_t intended_ns) {
    memcpy(to, "TMRK", 4);
    store32(to + 4, 1);
    store64(to + 8, pool->sequence++);
    store64(to + 16, intended_ns);
    store32(to + 24, 0);
    const uint32_t slot = pool->next, head = clinux_crc32c_short(0, to, 28), *join = pool->join;
    store32(to + 28, join[head & 255] ^ join[256 + (head >> 8 & 255)] ^ join[512 + (head >> 16 & 255)] ^ join[768 + (head >> 24)]
                         ^ pool->checksums[slot]);
    memcpy(to + STAMP, pool->bodies + (size_t)slot * pool->body_size, pool->body_size);
    pool->next = slot + 1 == pool->slots ? 0 : slot + 1;
}

size_t creference_build_batch(struct creference_pool *pool, void *memory, int records, uint64_t intended_ns,
                              int64_t timestamp_ms) {
    uint8_t *batch = memory, *next = batch + HEADER;
    const int value = (int)pool->value_size, value_length = varint_size(value);
    for (int n = 0; n < records; n++) {
        // attributes, timestamp delta, offset delta, no key, value, no headers
        next = put_varint(next, 1 + 1 + varint_size(n) + 1 + value_length + value + 1);
        *next++ = 0;
        *next++ = 0;
        next = put_varint(next, n);
        *next++ = 1;
        next = put_varint(next, value);
        put_value(pool, next, intended_ns);
        next += value;
        *next++ = 0;
    }
    const size_t size = (size_t)(next - batch);
    store64(batch + BASE_OFFSET, 0);
    store32(batch + BATCH_LENGTH, (uint32_t)size - 12);
    store32(batch + LEADER_EPOCH, 0);
    batch[MAGIC] = 2;
    store16(batch + ATTRIBUTES, 0);
    store32(batch + LAST_DELTA, (uint32_t)records - 1);
    store64(batch + BASE_TIMESTAMP, (uint64_t)timestamp_ms);
    store64(batch + MAX_TIMESTAMP, (uint64_t)timestamp_ms);
    store64(batch + PRODUCER_ID, UINT64_MAX);
    store16(batch + PRODUCER_EPOCH, UINT16_MAX);
    store32(batch + BASE_SEQUENCE, UINT32_MAX);
    store32(batch + COUNT, (uint32_t)records);
    store32(batch + CRC, clinux_crc32c(0, batch + ATTRIBUTES, size - ATTRIBUTES));
    return size;
}
