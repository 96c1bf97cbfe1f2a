// Compaction at the limit: read, hash each key into a table, read again, copy the newest record of each key.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, MOST_BATCH = 16 << 20 };

struct slot { uint64_t hash, place; };   // `place`: the offset plus one, 0 in a free slot

struct compaction {
    struct slot *slots;
    uint64_t mask;
    int out;
    uint8_t *buffer;
    size_t filled;
    struct creference_compaction *result;
};

static inline const uint8_t *varint(const uint8_t *next, const uint8_t *end, int64_t *value) {
    uint64_t raw = 0;
    for (int shift = 0; next < end && shift < 64; shift += 7) {
        const uint8_t byte = *next++;
        raw |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) { *value = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1); return next; }
    }
    return NULL;
}

static inline uint64_t mix(uint64_t a, uint64_t b) {
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash(const uint8_t *key, size_t count) {
    uint64_t state = 0x9e3779b97f4a7c15ull ^ count, word;
    for (; count >= 8; key += 8, count -= 8) {
        memcpy(&word, key, 8);
        state = mix(state ^ word, 0xbf58476d1ce4e5b9ull);
    }
    word = 0;
    memcpy(&word, key, count);
    return mix(state ^ word, 0x94d049bb133111ebull);
}

static inline struct slot *find(const struct compaction *all, uint64_t hash) {
    uint64_t at = hash & all->mask;
    while (all->slots[at].place && all->slots[at].hash != hash) at = (at + 1) & all->mask;
    return &all->slots[at];
}

struct record { const uint8_t *start, *end; uint64_t offset, hash; };

/// The record at `next`; NULL when it is none with a key.
static inline const uint8_t *read_record(const uint8_t *next, const uint8_t *end, uint64_t base, struct record *record) {
    int64_t length, field, delta, key;
    record->start = next;
    if (!(next = varint(next, end, &length)) || length < 0 || length > end - next) return NULL;
    record->end = next + length;
    if (!(next = varint(next + 1, record->end, &field)) || !(next = varint(next, record->end, &delta))
        || !(next = varint(next, record->end, &key)) || key < 0 || key > record->end - next) return NULL;
    record->offset = base + (uint64_t)delta;
    record->hash = hash(next, (size_t)key);
    return record->end;
}

static int enter(struct compaction *all, const uint8_t *batch, const uint8_t *end) {
    const uint64_t base = load64(batch + BASE_OFFSET);
    struct record record;
    for (const uint8_t *next = batch + HEADER; next < end; all->result->records++) {
        if (!(next = read_record(next, end, base, &record))) return -EBADMSG;
        struct slot *slot = find(all, record.hash);
        slot->hash = record.hash;
        slot->place = record.offset + 1;
    }
    return 0;
}

static int put(struct compaction *all, const uint8_t *bytes, size_t count) {
    while (count) {
        size_t part = BUFFER - all->filled < count ? BUFFER - all->filled : count;
        memcpy(all->buffer + all->filled, bytes, part);
        all->filled += part, bytes += part, count -= part;
        if (all->filled < BUFFER) break;
        const ssize_t done = clinux_pwrite(all->out, all->buffer, BUFFER, (int64_t)all->result->bytes_written);
        if (done != BUFFER) return done < 0 ? (int)done : -EIO;
        all->result->bytes_written += BUFFER;
        all->filled = 0;
    }
    return 0;
}

static int copy(struct compaction *all, const uint8_t *batch, const uint8_t *end) {
    const uint64_t base = load64(batch + BASE_OFFSET);
    bool has_header = false;
    struct record record;
    for (const uint8_t *next = batch + HEADER; next < end;) {
        if (!(next = read_record(next, end, base, &record))) return -EBADMSG;
        if (find(all, record.hash)->place != record.offset + 1) continue;
        int failed = has_header ? 0 : put(all, batch, HEADER);
        if (failed || (failed = put(all, record.start, (size_t)(record.end - record.start)))) return failed;
        has_header = true;
        all->result->kept++;
    }
    return 0;
}

static int each_batch(struct compaction *all, const char *path, int (*visit)(struct compaction *, const uint8_t *, const uint8_t *)) {
    const int file = clinux_open(path, O_RDONLY, 0);
    if (file < 0) return file;
    const uint64_t size = (uint64_t)clinux_file_size(file);
    uint8_t *window = aligned_alloc(4096, MOST_BATCH);
    uint64_t at = 0;
    size_t held = 0;
    int failed = 0;
    while (!failed && at < size) {
        // As a rule 1 MiB at a time; more where a batch is larger.
        const size_t wanted = held >= BUFFER ? MOST_BATCH - held : BUFFER - held;
        const ssize_t got = clinux_pread(file, window + held, wanted, (int64_t)(at + held));
        if (got <= 0) { failed = got < 0 ? (int)got : -EBADMSG; break; }
        held += (size_t)got;
        all->result->bytes_read += (uint64_t)got;
        size_t position = 0;
        while (!failed && held - position >= HEADER) {
            const uint64_t bytes = (uint64_t)load32(window + position + BATCH_LENGTH) + 12;
            if (bytes < HEADER || bytes > MOST_BATCH) failed = -EBADMSG;
            if (failed || bytes > held - position) break;
            failed = visit(all, window + position, window + position + bytes);
            position += bytes;
        }
        held -= position;
        memmove(window, window + position, held);
        at += position;
    }
    free(window);
    clinux_close(file);
    return failed;
}

int creference_compact(const char *const *paths, int count, const char *out_path, uint64_t most_keys,
                       struct creference_compaction *result) {
    *result = (struct creference_compaction){ 0 };
    struct compaction all = { .mask = 15, .result = result };
    while (all.mask < most_keys * 4 / 3) all.mask = all.mask * 2 + 1;
    all.slots = calloc(all.mask + 1, sizeof *all.slots);
    all.buffer = malloc(BUFFER);
    all.out = clinux_open(out_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int failed = all.out < 0 ? all.out : 0;
    for (int n = 0; n < count && !failed; n++) failed = each_batch(&all, paths[n], enter);
    for (int n = 0; n < count && !failed; n++) failed = each_batch(&all, paths[n], copy);
    if (!failed && clinux_pwrite(all.out, all.buffer, all.filled, (int64_t)result->bytes_written) != (ssize_t)all.filled) failed = -EIO;
    result->bytes_written += all.filled;
    if (!failed) failed = clinux_fdatasync(all.out);
    if (all.out >= 0) clinux_close(all.out);
    unlink(out_path);
    free(all.buffer);
    free(all.slots);
    return failed;
}
