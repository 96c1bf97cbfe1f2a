// The append loop at the limit: check, walk, stamp, index, one pwritev per gather onto preallocated segments.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_VECTORS = 1024 };

struct creference_log {
    char directory[PATH_MAX];
    uint64_t segment_bytes, next_offset, base_offset;
    uint64_t position;           // bytes of the segment that are written or gathered
    uint64_t written, allocated;
    uint32_t interval, since_entry;
    uint32_t headers_crc;        // over the first 16 bytes of every batch of the segment
    uint64_t step;               // preallocation runs ahead of the log end in steps of this; 0: there is none
    bool has_timestamp;
    int64_t first_timestamp, largest_timestamp, last_entry_timestamp;
    uint64_t largest_timestamp_offset, last_entry_time_offset;
    int file;
    struct iovec vectors[MOST_VECTORS];
    int gathered;
    uint8_t *index, *time_index;
    size_t index_bytes, time_index_bytes, index_capacity;
};

static void path_of(const struct creference_log *log, const char *extension, char *path, size_t capacity) {
    snprintf(path, capacity, "%.3900s/%020llu.%s", log->directory, (unsigned long long)log->base_offset, extension);
}

static int open_segment(struct creference_log *log) {
    char path[PATH_MAX];
    log->base_offset = log->next_offset;
    path_of(log, "log", path, sizeof path);
    log->file = clinux_open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (log->file < 0) return log->file;
    log->position = log->written = log->allocated = 0;
    log->since_entry = log->headers_crc = 0;
    log->index_bytes = log->time_index_bytes = 0;
    log->has_timestamp = false;
    log->largest_timestamp = log->last_entry_timestamp = -1;
    return 0;
}

struct creference_log *creference_log_open(const char *directory, uint64_t segment_bytes, uint32_t interval, uint64_t preallocation_step,
                                           int *failed) {
    struct creference_log *log = calloc(1, sizeof *log);
    snprintf(log->directory, sizeof log->directory, "%s", directory);
    log->segment_bytes = segment_bytes;
    log->interval = interval;
    log->step = preallocation_step;
    log->index_capacity = segment_bytes / (interval ? interval : 1) + 16;
    log->index = malloc(log->index_capacity * 8 + INDEX_SEAL);
    log->time_index = malloc(log->index_capacity * 12 + INDEX_SEAL);
    *failed = open_segment(log);
    if (*failed == 0) return log;
    free(log->index);
    free(log->time_index);
    free(log);
    return NULL;
}

static int write_gathered(struct creference_log *log) {
    uint64_t bytes = log->position - log->written;
    if (log->step && log->position > log->allocated) {
        uint64_t to = (log->position + log->step - 1) / log->step * log->step;
        if (to > log->segment_bytes) to = log->segment_bytes > log->position ? log->segment_bytes : log->position;
        int failed = clinux_fallocate(log->file, false, (int64_t)log->allocated, (int64_t)(to - log->allocated));
        if (failed < 0) return failed;
        log->allocated = to;
    }
    struct iovec *next = log->vectors;
    int left = log->gathered;
    while (bytes) {
        ssize_t done = clinux_pwritev(log->file, next, left, (int64_t)log->written);
        if (done <= 0) return done < 0 ? (int)done : -EIO;
        log->written += (uint64_t)done;
        bytes -= (uint64_t)done;
        while (left && (size_t)done >= next->iov_len) { done -= (ssize_t)next->iov_len; next++; left--; }
        if (left) { next->iov_base = (char *)next->iov_base + done; next->iov_len -= (size_t)done; }
    }
    log->gathered = 0;
    return 0;
}

static void enter_time(struct creference_log *log) {
    if (!log->has_timestamp || log->largest_timestamp <= log->last_entry_timestamp) return;
    uint8_t *entry = log->time_index + log->time_index_bytes;
    store64(entry, (uint64_t)log->largest_timestamp);
    store32(entry + 8, (uint32_t)(log->largest_timestamp_offset - log->base_offset));
    log->time_index_bytes += 12;
    log->last_entry_timestamp = log->largest_timestamp;
}

static int write_whole(const char *path, const void *bytes, size_t count) {
    int file = clinux_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return file;
    ssize_t done = count ? clinux_pwrite(file, bytes, count, 0) : 0;
    clinux_close(file);
    return (size_t)done == count ? 0 : done < 0 ? (int)done : -EIO;
}

/// Behind the entries: marker, what the batches' checksums leave out, their number, the log's bytes, their checksum, and a checksum over the last of them and all that.
static size_t seal_index(uint8_t *entries, size_t bytes, size_t entry_bytes, const struct creference_log *log) {
    uint8_t *seal = entries + bytes;
    store32(seal, (uint32_t)INDEX_SEAL_MARKER);
    store32(seal + 4, log->headers_crc);
    store32(seal + 8, (uint32_t)(bytes / entry_bytes));
    store32(seal + 12, (uint32_t)log->position);
    store32(seal + 16, clinux_crc32c(0, entries, bytes));
    const size_t last = bytes ? entry_bytes : 0;
    store32(seal + 20, clinux_crc32c(0, seal - last, last + 20));
    return bytes + INDEX_SEAL;
}

/// Its bytes are left to the kernel's writeback, as the engine leaves them for half a minute.
static int seal_segment(struct creference_log *log) {
    int failed = write_gathered(log);
    if (failed) return failed;
    enter_time(log);
    char path[PATH_MAX];
    path_of(log, "index", path, sizeof path);
    if ((failed = write_whole(path, log->index, seal_index(log->index, log->index_bytes, 8, log)))) return failed;
    path_of(log, "timeindex", path, sizeof path);
    if ((failed = write_whole(path, log->time_index, seal_index(log->time_index, log->time_index_bytes, 12, log)))) return failed;
    if (log->allocated > log->position) failed = clinux_ftruncate(log->file, (int64_t)log->position);
    clinux_close(log->file);
    log->file = -1;
    return failed;
}

static inline const uint8_t *varint(const uint8_t *next, const uint8_t *end, int64_t *value) {
    uint64_t raw = 0;
    for (int shift = 0; next < end && shift < 64; shift += 7) {
        uint8_t byte = *next++;
        raw |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) { *value = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1); return next; }
    }
    return NULL;
}

/// Every record: length, offset delta 0, 1, 2 …, key and value within it, headers, nothing left over.
static bool walk(const uint8_t *batch, uint32_t size) {
    const uint8_t *next = batch + HEADER, *end = batch + size;
    const int64_t base = (int64_t)load64(batch + BASE_TIMESTAMP);
    int64_t largest = INT64_MIN;
    uint32_t count = load32(batch + COUNT), walked = 0;
    while (next < end) {
        int64_t length, delta, field;
        if (!(next = varint(next, end, &length)) || length < 0 || length > end - next) return false;
        const uint8_t *stop = next + length;
        if (++next > stop || !(next = varint(next, stop, &field))) return false;
        if (base + field > largest) largest = base + field;
        if (!(next = varint(next, stop, &delta)) || delta != walked) return false;
        for (int n = 0; n < 2; n++) {
            if (!(next = varint(next, stop, &field)) || field > stop - next) return false;
            if (field > 0) next += field;
        }
        int64_t headers;
        if (!(next = varint(next, stop, &headers)) || headers < 0) return false;
        while (headers--)
            for (int n = 0; n < 2; n++) {
                if (!(next = varint(next, stop, &field)) || field > stop - next || (n == 0 && field < 0)) return false;
                if (field > 0) next += field;
            }
        if (next != stop) return false;
        walked++;
    }
    return walked == count && largest == (int64_t)load64(batch + MAX_TIMESTAMP);
}

static bool is_whole(const uint8_t *batch, uint32_t size) {
    return size >= HEADER && load32(batch + BATCH_LENGTH) == size - 12 && batch[MAGIC] == 2
        && clinux_crc32c(0, batch + ATTRIBUTES, size - ATTRIBUTES) == load32(batch + CRC)
        && load32(batch + LAST_DELTA) + 1 == load32(batch + COUNT) && (load16(batch + ATTRIBUTES) & 7) == 0 && walk(batch, size);
}

int creference_log_append(struct creference_log *log, void *const *batches, const uint32_t *sizes, int count) {
    for (int n = 0; n < count; n++) {
        uint8_t *batch = batches[n];
        if (!is_whole(batch, sizes[n])) return -EBADMSG;
        if (log->position && log->position + sizes[n] > log->segment_bytes) {
            int failed = seal_segment(log);
            if (failed || (failed = open_segment(log))) return failed;
        }
        if (log->gathered == MOST_VECTORS) {
            int failed = write_gathered(log);
            if (failed) return failed;
        }
        store64(batch + BASE_OFFSET, log->next_offset);
        store32(batch + LEADER_EPOCH, 0);
        const uint64_t last = log->next_offset + load32(batch + LAST_DELTA);
        const int64_t timestamp = (int64_t)load64(batch + MAX_TIMESTAMP);
        if (!log->has_timestamp || timestamp > log->largest_timestamp) {
            log->has_timestamp = true;
            log->largest_timestamp = timestamp;
            log->largest_timestamp_offset = last;
        }
        if (log->since_entry > log->interval && log->index_bytes / 8 < log->index_capacity - 1) {
            uint8_t *entry = log->index + log->index_bytes;
            store32(entry, (uint32_t)(last - log->base_offset));
            store32(entry + 4, (uint32_t)log->position);
            log->index_bytes += 8;
            enter_time(log);
            log->since_entry = 0;
        }
        log->headers_crc = clinux_crc32c(log->headers_crc, batch, 16);
        log->since_entry += sizes[n];
        log->vectors[log->gathered++] = (struct iovec){ batch, sizes[n] };
        log->position += sizes[n];
        log->next_offset = last + 1;
    }
    return write_gathered(log);
}

int creference_log_sync(struct creference_log *log) { return clinux_fdatasync(log->file); }
uint64_t creference_log_end_offset(const struct creference_log *log) { return log->next_offset; }

int creference_log_close(struct creference_log *log) {
    int failed = seal_segment(log);
    free(log->index);
    free(log->time_index);
    free(log);
    return failed;
}
