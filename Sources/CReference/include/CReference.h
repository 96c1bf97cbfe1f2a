// Loops at the machine's limit, in C at -O2: what ours is compared with. Each does the same list of work
// as the code it stands beside, in the best shape found for this kind of machine, and nothing else.
// Every call that can fail returns -errno.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// --- append ------------------------------------------------------------------------------------
/// One partition's log, written as the engine writes it: the same bytes in .log, .index and .timeindex, sealed
/// segments forced to the disk by a background thread.
struct creference_log;
/// Opens a fresh log in an existing directory. Segments are extended with fallocate(2) in steps of `preallocation_step`; 0: not at all.
struct creference_log *creference_log_open(const char *directory, uint64_t segment_bytes, uint32_t index_interval_bytes,
                                           uint64_t preallocation_step, int *failed);
/// Checks each batch (frame, CRC-32C, every record), assigns its base offset in place, enters the sparse
/// indexes, and writes all of them with one pwritev (more at a roll). -EBADMSG for a batch that fails a check.
int creference_log_append(struct creference_log *log, void *const *batches, const uint32_t *sizes, int count);
int creference_log_sync(struct creference_log *log);
/// Cuts what was preallocated, writes the last index entries. Frees the log.
int creference_log_close(struct creference_log *log);
uint64_t creference_log_end_offset(const struct creference_log *log);

// --- batch building ----------------------------------------------------------------------------
/// Payload bytes in slots of one value size, the checksum of each known. Values have 32 bytes at least.
struct creference_pool;
struct creference_pool *creference_pool_new(uint32_t value_size, size_t bytes);
void creference_pool_free(struct creference_pool *pool);
/// Builds one record batch (format 2) of `records` records, each with a stamp (32 bytes: magic, producer,
/// sequence, time, partition, CRC of the value) in front of the next slot of the pool, sealed with its CRC.
/// Returns the batch's size.
size_t creference_build_batch(struct creference_pool *pool, void *batch, int records, uint64_t intended_ns,
                              int64_t timestamp_ms);

// --- fetch planning --------------------------------------------------------------------------------
/// A sealed segment: its file, and its offset index in memory.
struct creference_segment;
struct creference_segment *creference_segment_open(const char *log_path, const char *index_path, uint64_t base_offset, int *failed);
/// Finds the batch that holds `offset` and how many bytes of whole batches from there fit in `most_bytes`: a binary search and
/// a walk over batch headers. 0 or -errno (-ERANGE past the end).
int creference_plan_fetch(const struct creference_segment *segment, uint64_t offset, uint64_t most_bytes, uint64_t *position,
                          uint64_t *count);
void creference_segment_close(struct creference_segment *segment);

/// The position of the batch that holds `offset`, in one of `count` segments by base offset: binary searches over the segments
/// and one's index in memory, then batch headers. 0 or -errno (-ERANGE past the end).
int creference_lookup(const struct creference_segment *const *segments, int count, uint64_t offset, uint64_t *position);

// --- recovery ----------------------------------------------------------------------------------------
/// Reads a segment file once and checks every batch as a start after a crash has to: frame, offsets in order, CRC-32C. Adds to
/// `batches`. Bytes read, or -errno (-EBADMSG where a batch is not whole).
int64_t creference_check_segment(const char *path, uint64_t base_offset, uint64_t *batches);

// --- compaction --------------------------------------------------------------------------------------
struct creference_compaction { uint64_t records, kept, bytes_read, bytes_written; };
/// Reads the segments and enters every key's newest offset in a table, reads them again and copies the records that are the
/// newest of their keys to one file, which is forced to the disk and removed. Uncompressed batches, every record with a key;
/// at most `most_keys` keys. 0 or -errno.
int creference_compact(const char *const *paths, int count, const char *out_path, uint64_t most_keys,
                       struct creference_compaction *result);

// --- servers, each in a process of its own -------------------------------------------------------
/// Starts a server that receives Kafka Produce requests (version 9, one batch each), checks the batch's
/// CRC, stamps its base offset, appends it to a segment file in `directory` with one pwritev per receive, and
/// answers. `cpu` < 0 leaves it unpinned. Returns its pid.
pid_t creference_start_produce_server(const char *directory, uint64_t segment_bytes, int cpu, const char *congestion,
                                      uint16_t *port);
enum creference_transfer { CREFERENCE_SPLICE = 0, CREFERENCE_SENDFILE, CREFERENCE_COPY, CREFERENCE_CONSTANT };
/// Starts a server that answers every frame it receives with `header` (the request's correlation id put at
/// byte 4) followed by the next `chunk` bytes of `file`, at `from` (at most `file_bytes`) on every new connection and wrapping at
/// `file_bytes`; CREFERENCE_CONSTANT sends the bytes from one buffer instead, the floor of zero-copy. Returns its pid.
pid_t creference_start_fetch_server(enum creference_transfer transfer, const char *file, uint64_t from, uint64_t file_bytes, uint64_t chunk,
                                    const void *header, size_t header_bytes, int cpu, const char *congestion, uint16_t *port);
/// Ends a server started here and waits for it.
void creference_stop_server(pid_t pid);

// --- the load generator ----------------------------------------------------------------------------
struct creference_load {
    uint64_t ns;             // first byte sent to last answer
    uint64_t requests;
    uint64_t bytes_sent, bytes_received;
    uint64_t bad_answers;    // produce: error code not 0; fetch: another length than expected
};
/// Keeps `depth` of the frames in flight on one connection, over and over in order, for `seconds` or `limit`
/// requests, whichever ends first. `check_at` >= 0: the 16 bits at that position of every answer must be 0. `answer_bytes` > 0:
/// every answer must have that many bytes. Answers longer than 4 KiB are discarded with MSG_TRUNC. 0 or -errno.
int creference_load(uint16_t port, const void *const *frames, const uint32_t *sizes, int frame_count, int depth, double seconds,
                    uint64_t limit, int check_at, int64_t answer_bytes, int cpu, const char *congestion,
                    struct creference_load *result);

// --- calibration ---------------------------------------------------------------------------------
/// Latencies in nanoseconds of `count` operations.
struct creference_latency { uint64_t p50, p99, count; };
/// Each runs for about `seconds` and answers bytes per second, or -errno.
double creference_memcpy(size_t bytes, double seconds);
double creference_crc_varint(int threads, double seconds);
double creference_tcp_stream(double seconds, const char *congestion);
int creference_tcp_ping(double seconds, const char *congestion, struct creference_latency *result);
/// 1 KiB over loopback to a thread that holds its answer back for `hold_ns`, `rest_ns` apart: what each exchange took beyond the time
/// between that thread's stamps. Both threads sleep meanwhile, as a client and a broker at a low rate do. 0 or -errno.
int creference_held_echo(double seconds, uint64_t hold_ns, uint64_t rest_ns, struct creference_latency *result);
/// Writes and unlinks `bytes`, unsynced: page cache that is written right after it finds its memory backed by the hypervisor.
int creference_warm(const char *path, uint64_t bytes);
double creference_write(const char *path, bool direct, double seconds, uint64_t most_bytes);
int creference_append_sync(const char *path, double seconds, struct creference_latency *result);
double creference_cached_read(const char *path, double seconds);
/// Reads of 4 KiB, one at a time, at random places of a file that was dropped from the cache before, then reads of 1 MiB of the same file
/// in sequence, past the page cache: their bytes per second, or -errno. `file_bytes` is a multiple of 1 MiB.
int creference_cold_reads(const char *path, double seconds, uint64_t file_bytes, struct creference_latency *at_random, double *in_sequence);
int creference_timer(double seconds, struct creference_latency *result);

// --- the device, and a cache of one's own ----------------------------------------------------------
/// Makes a file of so many bytes, past the page cache, all of them written and forced to the device. 0 or -errno.
int creference_make_file(const char *path, uint64_t bytes);
/// Requests on their way at once, each of a thread of its own.
enum { CREFERENCE_DEPTH_MOST = 64 };
/// Reads, or writes in place, blocks of an existing file past the page cache, `depth` at a time, for `seconds`: one after the other
/// from some place on, or each at a random place. Bytes per second, or -errno.
double creference_direct(const char *path, uint64_t file_bytes, bool writes, bool in_order, uint32_t block, uint32_t depth, double seconds);

struct creference_cached_log {
    double seconds;                   // writing, reading along, and the final sync
    double machine_cpu_seconds;       // of all CPUs meanwhile: of this process, of what writes back for it, and of whoever else ran
    uint64_t bytes, bytes_read;
    int64_t device_read_bytes;        // of this process while it read along; -1 where the kernel does not count them
    double restart_bytes_per_second;  // of what is cached, read anew by a process that has just begun
    uint64_t resident_bytes;          // of this process, its cache included
    uint64_t resident_growth_bytes;   // since it began
    uint64_t page_cache_bytes;        // of the file, when everything was written and read
};
/// Writes 1 MiB blocks in order and reads each again when `behind` more were written, to a total of `total_bytes`: through the
/// page cache or, `direct`, past it; with or without the last `cache_bytes` kept in memory of its own, where a reader that is
/// less behind finds them. Then, as a process that begins again, reads what was cached. 0 or -errno (-EBADMSG where a block is not
/// what was written).
int creference_cached_log(const char *path, bool own_cache, bool direct, uint64_t cache_bytes, uint64_t total_bytes, uint32_t behind,
                          struct creference_cached_log *result);
