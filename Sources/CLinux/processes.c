// Clocks, processes, threads, affinity and page placement.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

uint64_t clinux_monotonic_ns(void) { return nanoseconds(CLOCK_MONOTONIC); }
uint64_t clinux_realtime_ns(void) { return nanoseconds(CLOCK_REALTIME); }
int64_t clinux_thread_cpu_ns(void) { return (int64_t)nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

int64_t clinux_clock_error_ns(void) {
    struct timex state;
    memset(&state, 0, sizeof state);
    int clock = adjtimex(&state);
    if (clock < 0) return -errno;
    if (clock == TIME_ERROR || (state.status & STA_UNSYNC)) return -EAGAIN;
    return (int64_t)state.maxerror * 1000;
}

int64_t clinux_process_cpu_ns(pid_t pid) {
    clockid_t clock;
    int failed = clock_getcpuclockid(pid, &clock);
    if (failed) return -failed;
    struct timespec used;
    if (clock_gettime(clock, &used) < 0) return -errno;
    return (int64_t)used.tv_sec * 1000000000ll + used.tv_nsec;
}

void clinux_sleep_until_ns(uint64_t deadline) {
    struct timespec until = { .tv_sec = (time_t)(deadline / 1000000000), .tv_nsec = (long)(deadline % 1000000000) };
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) { }
}

int clinux_set_timer_slack_ns(unsigned long ns) { return prctl(PR_SET_TIMERSLACK, ns) < 0 ? -errno : 0; }
int clinux_die_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal) < 0 ? -errno : 0; }
pid_t clinux_gettid(void) { return (pid_t)syscall(SYS_gettid); }
int clinux_current_cpu(void) { return sched_getcpu(); }
int clinux_set_thread_name(const char *name) { return -pthread_setname_np(pthread_self(), name); }

int clinux_terminal_size(int fd, uint16_t *columns, uint16_t *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int clinux_set_affinity(pid_t tid, const int *cpus, int count) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int n = 0; n < count; n++) {
        if (cpus[n] < 0 || cpus[n] >= CPU_SETSIZE) return -EINVAL;
        CPU_SET(cpus[n], &set);
    }
    return sched_setaffinity(tid, sizeof set, &set) < 0 ? -errno : 0;
}

int clinux_get_affinity(pid_t tid, int *cpus, int capacity) {
    cpu_set_t set;
    if (sched_getaffinity(tid, sizeof set, &set) < 0) return -errno;
    int count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < capacity; cpu++)
        if (CPU_ISSET(cpu, &set)) cpus[count++] = cpu;
    return count;
}

int64_t clinux_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return (int64_t)limit.rlim_cur;
}

int clinux_page_nodes(pid_t pid, size_t count, void *const *pages, int *nodes) {
    return syscall(SYS_move_pages, pid, count, pages, NULL, nodes, 0) < 0 ? -errno : 0;
}

void clinux_touch(const void *byte) { (void)*(const volatile unsigned char *)byte; }

int clinux_perf_counter(pid_t pid, int which) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = which == 0 ? PERF_COUNT_HW_CPU_CYCLES : PERF_COUNT_HW_INSTRUCTIONS;
    attributes.inherit = 1;
    int fd = (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

pid_t clinux_spawn(char *const argv[], char *const envp[], int out_fd, int err_fd, int cpu) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    const pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) { int failed = errno; close(report[0]); close(report[1]); return -failed; }
    if (pid == 0) {
        // Only async-signal-safe calls from here to exec.
        int failed = 0;
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(127);  // the parent died before the prctl
        int nothing = open("/dev/null", O_RDONLY);
        if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out_fd, 1) < 0 || dup2(err_fd, 2) < 0) failed = errno;
        if (!failed && cpu >= 0) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(cpu, &set);
            if (sched_setaffinity(0, sizeof set, &set) < 0) failed = errno;
        }
        if (!failed) { execve(argv[0], argv, envp); failed = errno; }
        ssize_t ignored = write(report[1], &failed, sizeof failed);
        (void)ignored;
        _exit(127);
    }
    close(report[1]);
    int failed = 0;
    ssize_t got;
    do got = read(report[0], &failed, sizeof failed); while (got < 0 && errno == EINTR);
    close(report[0]);
    if (got == sizeof failed) { waitpid(pid, NULL, 0); return -failed; }
    return pid;
}

int clinux_reap(pid_t pid, int *exit_code) {
    int status;
    pid_t ended;
    do ended = waitpid(pid, &status, WNOHANG); while (ended < 0 && errno == EINTR);
    if (ended < 0) return -errno;
    if (ended == 0) return 0;
    *exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 1;
}

void clinux_add_u64(uint64_t *place, uint64_t delta) { __atomic_fetch_add(place, delta, __ATOMIC_RELAXED); }
uint64_t clinux_load_u64(const uint64_t *place) { return __atomic_load_n(place, __ATOMIC_RELAXED); }

void clinux_bound_heap(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // set, so that glibc does not raise it after the first big free
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
}
