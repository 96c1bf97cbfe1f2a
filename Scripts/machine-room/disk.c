// One disk of the lab, as a plugin of nbdkit: a file behind the mechanics of a spinning disk or the limits of a flash disk, and
// behind a volatile write cache. Whoever kills the process cuts the disk's power: what its cache held is gone, as in a drive.
//   cc -O2 -shared -fPIC -o disk.so disk.c -lm
//   nbdkit -U SOCKET ./disk.so file=IMAGE rpm=7200 | iops=10000 mbps=500 | cache-mib=256 escape-percent=20 | limit=FILE
// FILE can be written while it runs: bytes a second that pass, reads and writes together, and the process for which they are held, or 0.
#define NBDKIT_API_VERSION 2
#define THREAD_MODEL NBDKIT_THREAD_MODEL_SERIALIZE_ALL_REQUESTS   // one actuator
#include <nbdkit-plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, SETTLED_US = 60, OWED_AT_MOST_US = 2000, TRACK_GAP = 2 << 20, LOOK_US = 10000 };

static char *path, *limit_path;
static int file = -1;
static int64_t size;
// Without mechanics: requests and megabytes a second at most; 0: as fast as the file.
static int64_t iops = 0, mbps = 500;
// rpm 0: no mechanics. Seeks as of a 3.5 inch drive, rates of its outer and inner tracks.
static int64_t rpm = 0, shortest_seek_us = 800, longest_seek_us = 16000, outer_mbps = 180, inner_mbps = 90;
// Of the blocks written, so many reach the medium at once and in no order, as a drive's cache empties itself.
static int64_t cache_mib = 0, escape_percent = 0;

// MARK: time

static uint64_t head;
static double owed_us;

static double now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

// Sleeps are late and short ones expensive, so what is owed adds up and lateness counts.
static void wait_us(double microseconds) {
    owed_us += microseconds;
    if (owed_us < SETTLED_US) return;
    const double began = now_us();
    struct timespec time = {(time_t)(owed_us / 1e6), (long)(fmod(owed_us, 1e6) * 1e3)};
    nanosleep(&time, NULL);
    owed_us -= now_us() - began;
    if (owed_us < -OWED_AT_MOST_US) owed_us = -OWED_AT_MOST_US;
}

// Seek by the square root of the distance, then the true angle of the sector, then the transfer at its track's rate. A small
// gap ahead passes under the head without a seek. Microseconds.
static double move_head(uint64_t offset, uint64_t count) {
    const double rate = outer_mbps - (double)(outer_mbps - inner_mbps) * offset / size;   // MB/s are bytes per microsecond
    const double distance = (double)offset - (double)head;
    double microseconds = count / rate;
    if (distance >= 0 && distance <= TRACK_GAP) {
        microseconds += distance / rate;
    } else {
        const double turn = 60e6 / rpm;
        const double seek = shortest_seek_us + (longest_seek_us - shortest_seek_us) * sqrt(fabs(distance) / size);
        const double angle = fmod(now_us() + seek, turn) / turn, wanted = fmod(offset / (turn * rate), 1);
        microseconds += seek + fmod(wanted - angle + 1, 1) * turn;
    }
    head = offset + count;
    return microseconds;
}

// The limit in force, bytes a microsecond; 0: none. One whose process is gone is none: nobody would lift it.
static double held_rate(void) {
    static double looked_us, rate;
    const double now = now_us();
    if (limit_path == NULL || now - looked_us < LOOK_US) return rate;
    looked_us = now;
    char text[64] = "";
    const int control = open(limit_path, O_RDONLY | O_CLOEXEC);
    const ssize_t count = control < 0 ? 0 : read(control, text, sizeof text - 1);
    if (control >= 0) close(control);
    long long bytes = 0;
    int holder = 0;
    if (count <= 0 || sscanf(text, "%lld %d", &bytes, &holder) < 1 || bytes < 0) bytes = 0;
    if (holder > 0 && kill(holder, 0) < 0 && errno == ESRCH) bytes = 0;
    return rate = bytes / 1e6;
}

// In parts, between which the limit may be lifted: a large request at a small rate would outlast it by far.
static void hold(double bytes) {
    for (double rate = 0; bytes > 0 && (rate = held_rate()) > 0;) {
        const double part = fmin(bytes, rate * LOOK_US);
        wait_us(part / rate);
        bytes -= part;
    }
}

static void take_time(uint64_t offset, uint64_t count) {
    const double own = rpm > 0 ? move_head(offset, count) : iops > 0 ? fmax(1e6 / iops, (double)count / mbps) : 0;
    if (own > 0) wait_us(own);
    // What the disk takes by itself counts.
    hold((double)count - own * held_rate());
}

// MARK: the medium

static int read_medium(uint8_t *to, uint64_t count, uint64_t offset) {
    while (count > 0) {
        const ssize_t done = pread(file, to, count, (off_t)offset);
        if (done <= 0) return nbdkit_error("%s: cannot read at %llu: %m", path, (unsigned long long)offset), -1;
        to += done, count -= (uint64_t)done, offset += (uint64_t)done;
    }
    return 0;
}

static int write_medium(const uint8_t *from, uint64_t count, uint64_t offset) {
    while (count > 0) {
        const ssize_t done = pwrite(file, from, count, (off_t)offset);
        if (done <= 0) return nbdkit_error("%s: cannot write at %llu: %m", path, (unsigned long long)offset), -1;
        from += done, count -= (uint64_t)done, offset += (uint64_t)done;
    }
    return 0;
}

// MARK: the volatile cache

static uint8_t **kept;       // by block; NULL where the medium has the newest
static uint64_t *dirty;      // numbers of the kept blocks, in no order
static size_t dirty_count, dirty_most;

static int put_down(size_t at) {
    const uint64_t block = dirty[at];
    if (write_medium(kept[block], BLOCK, block * BLOCK) < 0) return -1;
    free(kept[block]);
    kept[block] = NULL;
    dirty[at] = dirty[--dirty_count];
    return 0;
}

static int keep(const uint8_t *from, uint32_t count, uint64_t offset) {
    while (count > 0) {
        const uint64_t block = offset / BLOCK, within = offset % BLOCK;
        const uint32_t part = count < BLOCK - within ? count : (uint32_t)(BLOCK - within);
        if (kept[block] == NULL) {
            while (dirty_count >= dirty_most)
                if (put_down((size_t)random() % dirty_count) < 0) return -1;
            uint8_t *bytes = malloc(BLOCK);
            if (bytes == NULL || (part < BLOCK && read_medium(bytes, BLOCK, block * BLOCK) < 0)) return free(bytes), -1;
            kept[block] = bytes;
            dirty[dirty_count++] = block;
        }
        memcpy(kept[block] + within, from, part);
        if (random() % 100 < escape_percent && put_down((size_t)random() % dirty_count) < 0) return -1;
        from += part, count -= part, offset += part;
    }
    return 0;
}

static int ascending(const void *first, const void *second) {
    const uint64_t a = *(const uint64_t *)first, b = *(const uint64_t *)second;
    return a < b ? -1 : a > b;
}

static int disk_flush(void *handle, uint32_t flags) {
    (void)handle, (void)flags;
    qsort(dirty, dirty_count, sizeof *dirty, ascending);
    for (size_t at = 0; at < dirty_count; at++) take_time(dirty[at] * BLOCK, BLOCK);
    while (dirty_count > 0)
        if (put_down(dirty_count - 1) < 0) return -1;
    return 0;
}

// MARK: requests

static int disk_pread(void *handle, void *to, uint32_t count, uint64_t offset, uint32_t flags) {
    (void)handle, (void)flags;
    take_time(offset, count);
    if (read_medium(to, count, offset) < 0) return -1;
    if (dirty_most == 0) return 0;
    for (uint64_t block = offset / BLOCK; block * BLOCK < offset + count; block++) {
        if (kept[block] == NULL) continue;
        const uint64_t from = block * BLOCK > offset ? block * BLOCK : offset;
        const uint64_t end = (block + 1) * BLOCK < offset + count ? (block + 1) * BLOCK : offset + count;
        memcpy((uint8_t *)to + (from - offset), kept[block] + (from - block * BLOCK), end - from);
    }
    return 0;
}

static int disk_pwrite(void *handle, const void *from, uint32_t count, uint64_t offset, uint32_t flags) {
    (void)handle, (void)flags;
    if (dirty_most > 0) return keep(from, count, offset);
    take_time(offset, count);
    return write_medium(from, count, offset);
}

// MARK: settings

static int disk_config(const char *key, const char *value) {
    const struct { const char *key; int64_t *number; } numbers[] = {
        {"rpm", &rpm}, {"iops", &iops}, {"mbps", &mbps}, {"shortest-seek-us", &shortest_seek_us}, {"longest-seek-us", &longest_seek_us}, {"outer-mbps", &outer_mbps},
        {"inner-mbps", &inner_mbps}, {"cache-mib", &cache_mib}, {"escape-percent", &escape_percent},
    };
    if (strcmp(key, "file") == 0) return (path = nbdkit_realpath(value)) == NULL ? -1 : 0;
    if (strcmp(key, "limit") == 0) return (limit_path = nbdkit_realpath(value)) == NULL ? -1 : 0;
    for (size_t at = 0; at < sizeof numbers / sizeof *numbers; at++)
        if (strcmp(key, numbers[at].key) == 0) return nbdkit_parse_int64_t(key, value, numbers[at].number);
    nbdkit_error("there is no %s; there is file, limit, rpm, iops, mbps, shortest-seek-us, longest-seek-us, outer-mbps, inner-mbps, cache-mib, escape-percent", key);
    return -1;
}

static int disk_config_complete(void) {
    if (path == NULL) return nbdkit_error("file= names the image"), -1;
    if (rpm < 0 || iops < 0 || mbps <= 0 || cache_mib < 0 || escape_percent < 0 || escape_percent > 100 || inner_mbps <= 0 || outer_mbps < inner_mbps
        || shortest_seek_us < 0 || longest_seek_us < shortest_seek_us)
        return nbdkit_error("no disk is like that: negative, or the wrong way round"), -1;
    return 0;
}

static int disk_get_ready(void) {
    struct stat status;
    file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) return nbdkit_error("%s: %m", path), -1;
    size = status.st_size / BLOCK * BLOCK;
    if (size == 0) return nbdkit_error("%s is smaller than a block", path), -1;
    // Its threads inherit it: the default rounds a sleep of 100 us up by half.
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    dirty_most = (size_t)cache_mib * ((1 << 20) / BLOCK);
    if (dirty_most == 0) return 0;
    srandom((unsigned)now_us());
    kept = calloc((size_t)(size / BLOCK), sizeof *kept);
    dirty = calloc(dirty_most, sizeof *dirty);
    return kept == NULL || dirty == NULL ? (nbdkit_error("no memory for the cache"), -1) : 0;
}

static void *disk_open(int readonly) { (void)readonly; return NBDKIT_HANDLE_NOT_NEEDED; }
static int64_t disk_get_size(void *handle) { (void)handle; return size; }
static int disk_is_rotational(void *handle) { (void)handle; return rpm > 0; }
static int disk_can_flush(void *handle) { (void)handle; return 1; }
// nbdkit then flushes behind each such write.
static int disk_can_fua(void *handle) { (void)handle; return NBDKIT_FUA_EMULATE; }

static struct nbdkit_plugin plugin = {
    .name = "disk", .config = disk_config, .config_complete = disk_config_complete, .get_ready = disk_get_ready, .open = disk_open,
    .get_size = disk_get_size, .is_rotational = disk_is_rotational, .can_flush = disk_can_flush, .can_fua = disk_can_fua,
    .pread = disk_pread, .pwrite = disk_pwrite, .flush = disk_flush,
};
NBDKIT_REGISTER_PLUGIN(plugin)
