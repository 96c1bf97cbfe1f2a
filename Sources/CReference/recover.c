// A start after a crash at the limit: every batch of a segment read once and checked.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

enum { WINDOW = 1 << 20 };

int64_t creference_check_segment(const char *path, uint64_t base_offset, uint64_t *batches) {
    const int file = clinux_open(path, O_RDONLY, 0);
    if (file < 0) return file;
    const uint64_t size = (uint64_t)clinux_file_size(file);
    size_t capacity = WINDOW, held = 0;
    uint8_t *window = aligned_alloc(4096, capacity);
    uint64_t at = 0, next_offset = base_offset;   // `at`: where the window's first byte stands in the file
    int64_t result = 0;
    while (at < size && result == 0) {
        // A batch that the window cuts off moves to its front: no byte is read twice.
        const ssize_t got = clinux_pread(file, window + held, capacity - held, (int64_t)(at + held));
        if (got < 0) { result = got; break; }
        held += (size_t)got;
        size_t position = 0, needed = 0;
        while (held - position >= HEADER) {
            const uint8_t *batch = window + position;
            const uint64_t bytes = (uint64_t)load32(batch + BATCH_LENGTH) + 12;
            if (batch[MAGIC] != 2 || bytes < HEADER || bytes > size - at - position || load64(batch + BASE_OFFSET) < next_offset) {
                result = -EBADMSG;
                break;
            }
            if (bytes > held - position) { needed = bytes; break; }
            if (clinux_crc32c(0, batch + ATTRIBUTES, bytes - ATTRIBUTES) != load32(batch + CRC)) { result = -EBADMSG; break; }
            next_offset = load64(batch + BASE_OFFSET) + load32(batch + LAST_DELTA) + 1;
            position += bytes;
            (*batches)++;
        }
        if (result || (position == 0 && needed == 0)) break;
        held -= position;
        memmove(window, window + position, held);
        at += position;
        if (needed > capacity) {
            capacity = (needed + 4095) / 4096 * 4096;
            uint8_t *larger = aligned_alloc(4096, capacity);
            memcpy(larger, window, held);
            free(window);
            window = larger;
        }
    }
    free(window);
    clinux_close(file);
    if (result == 0 && at != size) result = -EBADMSG;
    return result ? result : (int64_t)at;
}
