// The C fence: every Linux call and header macro that Swift's Glibc module lacks or cannot import.
// Every symbol is clinux_…; a call that can fail returns -errno, never -1, so that no Swift code
// runs between the call and the read of errno.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

// --- checksums -------------------------------------------------------------------------------
/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
/// SSE4.2 three-way interleaved where the CPU has it, else a portable table.
uint32_t clinux_crc32c(uint32_t crc, const void *bytes, size_t length);
/// The portable table, for tests that compare it with the instruction.
uint32_t clinux_crc32c_portable(uint32_t crc, const void *bytes, size_t length);
/// Whether `clinux_crc32c` uses the CPU's instruction.
bool clinux_crc32c_is_hardware(void);
/// The same checksum by the shortest path for a few bytes: no lanes, no alignment pass.
uint32_t clinux_crc32c_short(uint32_t crc, const void *bytes, size_t length);
/// The operator "append `length` zero bytes" as four tables of 256: crc(A then B) is the operator of B's
/// length on crc(A), xor crc(B). Look-up: table[0][c & 255] ^ table[1][c >> 8 & 255] ^ ….
void clinux_crc32c_zeros(uint32_t table[1024], size_t length);

/// Asks the CPU to fetch the cache lines of a range that will be read soon.
static inline void clinux_prefetch(const void *from, size_t length) {
    for (const char *line = (const char *)from, *end = line + length; line < end; line += 64) __builtin_prefetch(line, 0, 1);
}

// --- clocks and CPU time ---------------------------------------------------------------------
/// CLOCK_MONOTONIC in nanoseconds.
uint64_t clinux_monotonic_ns(void);
/// CLOCK_REALTIME in nanoseconds.
uint64_t clinux_realtime_ns(void);
/// The kernel's own bound on how far CLOCK_REALTIME is from true time (adjtimex(2)'s maxerror) in nanoseconds;
/// -EAGAIN where nothing keeps the clock in step, else -errno.
int64_t clinux_clock_error_ns(void);
/// CPU time of a process in nanoseconds (all threads, dead ones too), or -errno.
int64_t clinux_process_cpu_ns(pid_t pid);
/// CPU time of the calling thread in nanoseconds.
int64_t clinux_thread_cpu_ns(void);
/// Sleeps until the absolute CLOCK_MONOTONIC time.
void clinux_sleep_until_ns(uint64_t deadline);
/// Sets the calling thread's timer slack (PR_SET_TIMERSLACK).
int clinux_set_timer_slack_ns(unsigned long ns);

// --- files -----------------------------------------------------------------------------------
/// Result of cachestat(2), in pages of the system's page size.
struct clinux_cachestat { uint64_t cached, dirty, writeback, evicted, recently_evicted; };
/// cachestat(2) on a byte range of an open file; length 0 means to the end. Returns 0 or -errno
/// (-ENOSYS before Linux 6.5). Answers all zeros on overlayfs: see clinux_filesystem_magic.
int clinux_cachestat(int fd, uint64_t offset, uint64_t length, struct clinux_cachestat *result);
/// Pages of the range resident in the page cache by mmap + mincore; -errno on failure.
int64_t clinux_mincore_resident_pages(int fd, uint64_t offset, uint64_t length);
/// f_type of statfs(2), or -errno.
int64_t clinux_filesystem_magic(int fd);
/// open(2) with O_CLOEXEC; `flags` are the O_ bits. fd or -errno.
int clinux_open(const char *path, int flags, mode_t mode);
ssize_t clinux_pread(int fd, void *buffer, size_t count, int64_t offset);
ssize_t clinux_pwrite(int fd, const void *buffer, size_t count, int64_t offset);
ssize_t clinux_pwritev(int fd, const struct iovec *vectors, int count, int64_t offset);
int clinux_fdatasync(int fd);
int clinux_fsync(int fd);
/// syncfs(2).
int clinux_syncfs(int fd);
int clinux_ftruncate(int fd, int64_t length);
/// fallocate(2); `keep_size` is FALLOC_FL_KEEP_SIZE.
int clinux_fallocate(int fd, bool keep_size, int64_t offset, int64_t length);
/// posix_fadvise(POSIX_FADV_DONTNEED).
int clinux_fadvise_dontneed(int fd, int64_t offset, int64_t length);
/// posix_fadvise(POSIX_FADV_RANDOM): readahead off for this open file.
int clinux_fadvise_random(int fd, int64_t offset, int64_t length);
/// readahead(2).
int clinux_readahead(int fd, int64_t offset, size_t count);
/// flock(LOCK_EX|LOCK_NB): 0, or -EWOULDBLOCK when another open file holds it.
int clinux_try_lock(int fd);
/// File size in bytes, or -errno.
int64_t clinux_file_size(int fd);
/// Where the first hole of a file begins, its size where it has none, or -errno. Moves the file's offset.
int64_t clinux_first_hole(int fd);
/// Bytes the file occupies on disk (st_blocks * 512), or -errno.
int64_t clinux_file_allocated(int fd);
/// Free bytes for an unprivileged writer on the file system of `path`, or -errno.
int64_t clinux_free_bytes(const char *path);
/// ioctl(2) FIFREEZE and FITHAW of the file system that holds a directory: every write to it waits until it is thawed. 0 or -errno.
int clinux_freeze(const char *directory, bool frozen);
/// Total bytes of the file system of `path`, or -errno.
int64_t clinux_total_bytes(const char *path);
/// Device number of the file system that holds `path`: major << 32 | minor, or -errno.
int64_t clinux_device_of(const char *path);
int clinux_o_direct(void);

// --- memory --------------------------------------------------------------------------------------
/// Adds to a 64-bit number that other threads and processes read and add to.
void clinux_add_u64(uint64_t *place, uint64_t delta);
uint64_t clinux_load_u64(const uint64_t *place);
/// mallopt(3): two arenas, blocks from 128 KiB by mmap, free memory at the top given back.
void clinux_bound_heap(void);

// --- zero-copy -------------------------------------------------------------------------------
/// sendfile(2): bytes sent from `in_fd` at `offset`, or -errno.
ssize_t clinux_sendfile(int out_fd, int in_fd, int64_t offset, size_t count);
/// splice(2) from a file at `offset` into a pipe, or -errno.
ssize_t clinux_splice_from_file(int file, int64_t offset, int pipe_write, size_t count);
/// splice(2) from a pipe into a socket; `more` sets SPLICE_F_MORE. Non-blocking. Bytes or -errno.
ssize_t clinux_splice_to_socket(int pipe_read, int socket, size_t count, bool more);
/// pipe2(O_CLOEXEC|O_NONBLOCK) resized to `bytes`; stores the size that was granted. 0 or -errno.
int clinux_pipe(int fds[2], int bytes, int *granted);

// --- sockets ---------------------------------------------------------------------------------
/// One IPv4/IPv6 endpoint, printable.
struct clinux_endpoint { char host[64]; uint16_t port; };
/// A listening, non-blocking TCP socket on a numeric or resolvable `host` (NULL host = all). Applies
/// SO_REUSEADDR, TCP_NODELAY and, when not NULL, TCP_CONGESTION before listen, so that accepted
/// sockets inherit. Returns the socket or -errno (-EADDRNOTAVAIL when the host does not resolve).
int clinux_tcp_listen(const char *host, uint16_t port, int backlog, const char *congestion);
/// accept4(SOCK_NONBLOCK|SOCK_CLOEXEC); fills `peer`. Socket or -errno.
int clinux_tcp_accept(int listener, struct clinux_endpoint *peer);
/// A non-blocking TCP connect in progress, or -errno. TCP_NODELAY is set.
int clinux_tcp_connect(const char *host, uint16_t port, const char *congestion);
/// SO_ERROR: 0 or -errno.
int clinux_socket_error(int fd);
/// The local endpoint of a socket. 0 or -errno.
int clinux_local_endpoint(int fd, struct clinux_endpoint *endpoint);
/// The congestion control of a socket into `name` (16 bytes). 0 or -errno.
int clinux_tcp_congestion(int fd, char name[16]);
/// setsockopt(TCP_CONGESTION). 0 or -errno.
int clinux_tcp_set_congestion(int fd, const char *name);
/// SO_KEEPALIVE with the given timings and TCP_USER_TIMEOUT. 0 or -errno.
int clinux_tcp_keepalive(int fd, int idle_s, int interval_s, int count, int user_timeout_ms);
int clinux_set_buffers(int fd, int send_bytes, int receive_bytes);
/// recv(MSG_DONTWAIT). Bytes, 0 at end of stream, or -errno.
ssize_t clinux_recv(int fd, void *buffer, size_t count);
/// recv(MSG_DONTWAIT|MSG_TRUNC): takes up to `count` bytes off a TCP stream without copying them.
ssize_t clinux_recv_discard(int fd, size_t count);
/// send(MSG_DONTWAIT|MSG_NOSIGNAL); `more` sets MSG_MORE. Bytes or -errno.
ssize_t clinux_send(int fd, const void *buffer, size_t count, bool more);
/// sendmsg(MSG_DONTWAIT|MSG_NOSIGNAL) of several ranges. Bytes or -errno.
ssize_t clinux_sendv(int fd, const struct iovec *vectors, int count, bool more);
/// Sends one datagram to a socket of the file system, or to an abstract one where `path` begins with '@'.
int clinux_notify(const char *path, const char *message, size_t count);
int clinux_shutdown_write(int fd);
/// socketpair(AF_UNIX, SOCK_STREAM), both ends non-blocking and close-on-exec. 0 or -errno.
int clinux_socket_pair(int fds[2]);
int clinux_close(int fd);

// --- epoll, eventfd, signals -------------------------------------------------------------------
enum { CLINUX_IN = 1, CLINUX_OUT = 2, CLINUX_CLOSED = 4, CLINUX_ERROR = 8 };
/// One readiness report: `token` as registered, `events` as CLINUX_ bits.
struct clinux_event { uint64_t token; uint32_t events; uint32_t reserved; };
int clinux_epoll_create(void);
/// Adds or modifies (`modify`) a level-triggered registration. 0 or -errno.
int clinux_epoll_set(int epoll, int fd, uint64_t token, uint32_t events, bool modify);
int clinux_epoll_remove(int epoll, int fd);
/// epoll_pwait2(2) with a nanosecond timeout (-1 waits for ever; falls back to milliseconds rounded up
/// before Linux 5.11). Count or -errno; -EINTR is answered as 0.
int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_ns);
int clinux_eventfd(void);
/// Adds 1 to an eventfd. Never blocks.
void clinux_eventfd_signal(int fd);
/// Reads and clears an eventfd; 0 when it was not set.
uint64_t clinux_eventfd_take(int fd);
/// Blocks SIGTERM, SIGINT and the like for the process and returns a signalfd for them. `signals` ends with 0.
int clinux_signalfd(const int *signals);
/// The next pending signal number of a signalfd, 0 when there is none.
int clinux_signalfd_take(int fd);
void clinux_ignore_sigpipe(void);

// --- processes and threads ---------------------------------------------------------------------
/// Starts `argv[0]` (a path) with `envp`, in its own process group, to be killed (SIGKILL) when the
/// parent's thread that called this dies. stdin is /dev/null, stdout and stderr go to `out_fd` and `err_fd`.
/// `cpu` >= 0 pins the child to that CPU. Returns the pid or -errno (exec failures included).
pid_t clinux_spawn(char *const argv[], char *const envp[], int out_fd, int err_fd, int cpu);
/// waitpid(WNOHANG): 0 still running, 1 ended (status in `exit_code`: code, or 128 + signal), or -errno.
int clinux_reap(pid_t pid, int *exit_code);
/// Asks the kernel to send `signal` to this process when its parent dies.
int clinux_die_with_parent(int signal);
pid_t clinux_gettid(void);
/// Pins the calling thread (tid 0) or another to a set of CPUs. 0 or -errno.
int clinux_set_affinity(pid_t tid, const int *cpus, int count);
/// Fills `cpus` with the allowed CPUs of a thread or process; returns the count or -errno.
int clinux_get_affinity(pid_t tid, int *cpus, int capacity);
/// CPU the calling thread runs on.
int clinux_current_cpu(void);
int clinux_set_thread_name(const char *name);
/// Columns and rows of the terminal behind a descriptor (TIOCGWINSZ). 0 or -errno.
int clinux_terminal_size(int fd, uint16_t *columns, uint16_t *rows);
/// Raises RLIMIT_NOFILE to its hard limit; returns the limit now in force or -errno.
int64_t clinux_raise_open_files(void);
/// move_pages(2) with no target: the NUMA node of each page into `nodes` (negative: -errno of the page). 0 or -errno.
int clinux_page_nodes(pid_t pid, size_t count, void *const *pages, int *nodes);
/// Reads the byte, whatever an optimiser thinks of it: its page is in this process's page table then.
void clinux_touch(const void *byte);
/// perf_event_open for a hardware counter of a process (0 = cycles, 1 = instructions), inherit on. fd or -errno.
int clinux_perf_counter(pid_t pid, int which);
