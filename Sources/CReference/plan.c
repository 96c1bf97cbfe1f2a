// Fetch planning at the limit: where an offset lies, and how much of whole batches from there may be sent.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

struct creference_segment { int file; uint64_t base, size, entries; uint8_t *index; };

struct creference_segment *creference_segment_open(const char *log_path, const char *index_path, uint64_t base_offset, int *failed) {
    int index = clinux_open(index_path, O_RDONLY, 0), file = clinux_open(log_path, O_RDONLY, 0);
    if (index < 0 || file < 0) { *failed = index < 0 ? index : file; return NULL; }
    struct creference_segment *segment = calloc(1, sizeof *segment);
    segment->file = file;
    segment->base = base_offset;
    segment->size = (uint64_t)clinux_file_size(file);
    const size_t bytes = (size_t)clinux_file_size(index);
    segment->index = malloc(bytes + 8);
    *failed = clinux_pread(index, segment->index, bytes, 0) == (ssize_t)bytes ? 0 : -EIO;
    const bool sealed = bytes >= INDEX_SEAL && load32(segment->index + bytes - INDEX_SEAL) == (uint32_t)INDEX_SEAL_MARKER;
    segment->entries = (bytes - (sealed ? INDEX_SEAL : 0)) / 8;
    clinux_close(index);
    if (*failed == 0) return segment;
    creference_segment_close(segment);
    return NULL;
}

/// The position of the last entry whose number at `column` (0: relative offset, 4: position) is at most `limit`.
static uint64_t floor_position(const struct creference_segment *segment, int column, uint64_t limit) {
    uint64_t low = 0, high = segment->entries;
    while (low < high) {
        const uint64_t middle = (low + high) / 2;
        if (load32(segment->index + middle * 8 + column) <= limit) low = middle + 1; else high = middle;
    }
    return low ? load32(segment->index + (low - 1) * 8 + 4) : 0;
}

struct batch { uint64_t size, next_offset; };

static int read_header(const struct creference_segment *segment, uint64_t position, struct batch *batch) {
    uint8_t header[HEADER];
    if (position + HEADER > segment->size) return -ERANGE;
    ssize_t got = clinux_pread(segment->file, header, HEADER, (int64_t)position);
    if (got != HEADER) return got < 0 ? (int)got : -EIO;
    batch->size = load32(header + BATCH_LENGTH) + 12;
    batch->next_offset = load64(header + BASE_OFFSET) + load32(header + LAST_DELTA) + 1;
    return 0;
}

/// The batch that holds `offset`, and where it starts.
static int find(const struct creference_segment *segment, uint64_t offset, uint64_t *position, struct batch *batch) {
    // An entry names its batch's last offset and the batch's start: the batch before it may still hold `offset`.
    uint64_t at = floor_position(segment, 0, offset - segment->base);
    int failed;
    while ((failed = read_header(segment, at, batch)) == 0 && batch->next_offset <= offset) at += batch->size;
    *position = at;
    return failed;
}

int creference_lookup(const struct creference_segment *const *segments, int count, uint64_t offset, uint64_t *position) {
    int low = 0, high = count;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (segments[middle]->base <= offset) low = middle + 1; else high = middle;
    }
    struct batch batch;
    return low ? find(segments[low - 1], offset, position, &batch) : -ERANGE;
}

int creference_plan_fetch(const struct creference_segment *segment, uint64_t offset, uint64_t most_bytes, uint64_t *position,
                          uint64_t *count) {
    struct batch batch;
    int failed = find(segment, offset, position, &batch);
    if (failed) return failed;
    const uint64_t at = *position;
    const uint64_t limit = at + most_bytes;
    uint64_t end = at + batch.size;
    if (limit >= segment->size) end = segment->size;
    else {
        const uint64_t known = floor_position(segment, 4, limit);
        if (known > end) end = known;
        while (end < limit && read_header(segment, end, &batch) == 0 && end + batch.size <= limit) end += batch.size;
    }
    *count = end - at;
    return 0;
}

void creference_segment_close(struct creference_segment *segment) {
    clinux_close(segment->file);
    free(segment->index);
    free(segment);
}
