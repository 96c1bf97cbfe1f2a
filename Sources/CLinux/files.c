// Files, page cache and zero-copy.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define RETRY(call) ({ __typeof__(call) r_; do r_ = (call); while (r_ < 0 && errno == EINTR); r_ < 0 ? -errno : r_; })

struct kernel_range { uint64_t offset, length; };
_Static_assert(sizeof(struct clinux_cachestat) == 40, "struct cachestat of linux/mman.h is five u64");

int clinux_cachestat(int fd, uint64_t offset, uint64_t length, struct clinux_cachestat *result) {
    struct kernel_range range = { offset, length };
    return syscall(SYS_cachestat, fd, &range, result, 0) < 0 ? -errno : 0;
}

int64_t clinux_mincore_resident_pages(int fd, uint64_t offset, uint64_t length) {
    struct stat status;
    if (fstat(fd, &status) < 0) return -errno;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), size = (uint64_t)status.st_size;
    if (offset >= size) return 0;
    uint64_t end = length == 0 || length > size - offset ? size : offset + length;
    uint64_t start = offset / page * page;
    int64_t resident = 0;
    unsigned char vector[4096];
    const uint64_t window = sizeof vector * page;
    for (uint64_t at = start; at < end; at += window) {
        size_t bytes = end - at < window ? end - at : window;
        void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, (off_t)at);
        if (map == MAP_FAILED) return -errno;
        int failed = mincore(map, bytes, vector) < 0 ? errno : 0;
        munmap(map, bytes);
        if (failed) return -failed;
        for (size_t n = 0; n < (bytes + page - 1) / page; n++) resident += vector[n] & 1;
    }
    return resident;
}

int64_t clinux_filesystem_magic(int fd) {
    struct statfs status;
    return fstatfs(fd, &status) < 0 ? -errno : (int64_t)(status.f_type & 0xffffffff);
}

int clinux_open(const char *path, int flags, mode_t mode) { return RETRY(open(path, flags | O_CLOEXEC, mode)); }
ssize_t clinux_pread(int fd, void *b, size_t n, int64_t at) { return RETRY(pread(fd, b, n, at)); }
ssize_t clinux_pwrite(int fd, const void *b, size_t n, int64_t at) { return RETRY(pwrite(fd, b, n, at)); }
ssize_t clinux_pwritev(int fd, const struct iovec *v, int n, int64_t at) { return RETRY(pwritev(fd, v, n, at)); }
int clinux_fdatasync(int fd) { return RETRY(fdatasync(fd)); }
int clinux_fsync(int fd) { return RETRY(fsync(fd)); }
int clinux_syncfs(int fd) { return RETRY(syncfs(fd)); }
int clinux_ftruncate(int fd, int64_t length) { return RETRY(ftruncate(fd, length)); }
int clinux_fallocate(int fd, bool keep, int64_t at, int64_t n) { return RETRY(fallocate(fd, keep ? FALLOC_FL_KEEP_SIZE : 0, at, n)); }
int clinux_fadvise_dontneed(int fd, int64_t at, int64_t n) { return -posix_fadvise(fd, at, n, POSIX_FADV_DONTNEED); }
int clinux_fadvise_random(int fd, int64_t at, int64_t n) { return -posix_fadvise(fd, at, n, POSIX_FADV_RANDOM); }
int clinux_readahead(int fd, int64_t at, size_t n) { return readahead(fd, at, n) < 0 ? -errno : 0; }
int clinux_try_lock(int fd) { return RETRY(flock(fd, LOCK_EX | LOCK_NB)); }

int64_t clinux_file_size(int fd) {
    struct stat status;
    return fstat(fd, &status) < 0 ? -errno : status.st_size;
}

int64_t clinux_first_hole(int fd) {
    off_t at = lseek(fd, 0, SEEK_HOLE);
    return at >= 0 ? at : errno == ENXIO ? 0 : -errno;
}

int64_t clinux_file_allocated(int fd) {
    struct stat status;
    return fstat(fd, &status) < 0 ? -errno : status.st_blocks * 512;
}

int64_t clinux_free_bytes(const char *path) {
    struct statvfs status;
    return statvfs(path, &status) < 0 ? -errno : (int64_t)(status.f_bavail * status.f_frsize);
}

int64_t clinux_total_bytes(const char *path) {
    struct statvfs status;
    return statvfs(path, &status) < 0 ? -errno : (int64_t)(status.f_blocks * status.f_frsize);
}

int64_t clinux_device_of(const char *path) {
    struct stat status;
    return stat(path, &status) < 0 ? -errno : (int64_t)major(status.st_dev) << 32 | minor(status.st_dev);
}

int clinux_o_direct(void) { return O_DIRECT; }

ssize_t clinux_sendfile(int out, int in, int64_t offset, size_t count) {
    off_t at = offset;
    return RETRY(sendfile(out, in, &at, count));
}

ssize_t clinux_splice_from_file(int file, int64_t offset, int pipe_write, size_t count) {
    loff_t at = offset;
    return RETRY(splice(file, &at, pipe_write, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
}

ssize_t clinux_splice_to_socket(int pipe_read, int socket, size_t count, bool more) {
    unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more ? SPLICE_F_MORE : 0);
    return RETRY(splice(pipe_read, NULL, socket, NULL, count, flags));
}

int clinux_pipe(int fds[2], int bytes, int *granted) {
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    fcntl(fds[1], F_SETPIPE_SZ, bytes);  // refused past pipe-user-pages-soft: the size read back tells
    *granted = fcntl(fds[1], F_GETPIPE_SZ);
    return 0;
}
