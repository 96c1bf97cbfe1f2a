// TCP sockets, epoll, eventfd and signalfd.
#define _GNU_SOURCE
#include "CLinux.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RETRY(call) ({ __typeof__(call) r_; do r_ = (call); while (r_ < 0 && errno == EINTR); r_ < 0 ? -errno : r_; })

static int resolve(const char *host, uint16_t port, bool passive, struct addrinfo **found) {
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0) };
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    return getaddrinfo(host, service, &hints, found) == 0 ? 0 : -EADDRNOTAVAIL;
}

static void describe(const struct sockaddr_storage *from, struct clinux_endpoint *to) {
    memset(to, 0, sizeof *to);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        inet_ntop(AF_INET, &v4->sin_addr, to->host, sizeof to->host);
        to->port = ntohs(v4->sin_port);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        // A client of IPv4 that came to an IPv6 listener is known by its own address, in limits and access rules too.
        if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], to->host, sizeof to->host);
        else inet_ntop(AF_INET6, &v6->sin6_addr, to->host, sizeof to->host);
        to->port = ntohs(v6->sin6_port);
    }
}

static int one = 1;

int clinux_tcp_set_congestion(int fd, const char *name) {
    return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) < 0 ? -errno : 0;
}

int clinux_tcp_listen(const char *host, uint16_t port, int backlog, const char *congestion) {
    struct addrinfo *found;
    int failed = resolve(host, port, true, &found);
    if (failed) return failed;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) { failed = -errno; freeaddrinfo(found); return failed; }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (congestion) clinux_tcp_set_congestion(fd, congestion);  // a refusal shows in clinux_tcp_congestion
    failed = bind(fd, found->ai_addr, found->ai_addrlen) < 0 || listen(fd, backlog) < 0 ? -errno : 0;
    freeaddrinfo(found);
    if (failed) { close(fd); return failed; }
    return fd;
}

int clinux_tcp_accept(int listener, struct clinux_endpoint *peer) {
    struct sockaddr_storage from;
    socklen_t length = sizeof from;
    int fd = RETRY(accept4(listener, (void *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd >= 0) describe(&from, peer);
    return fd;
}

int clinux_tcp_connect(const char *host, uint16_t port, const char *congestion) {
    struct addrinfo *found;
    int failed = resolve(host, port, false, &found);
    if (failed) return failed;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) { failed = -errno; freeaddrinfo(found); return failed; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (congestion) clinux_tcp_set_congestion(fd, congestion);
    failed = connect(fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS ? -errno : 0;
    freeaddrinfo(found);
    if (failed) { close(fd); return failed; }
    return fd;
}

int clinux_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? -errno : -error;
}

int clinux_local_endpoint(int fd, struct clinux_endpoint *endpoint) {
    struct sockaddr_storage here;
    socklen_t length = sizeof here;
    if (getsockname(fd, (void *)&here, &length) < 0) return -errno;
    describe(&here, endpoint);
    return 0;
}

int clinux_tcp_congestion(int fd, char name[16]) {
    socklen_t length = 16;
    memset(name, 0, 16);
    return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) < 0 ? -errno : 0;
}

int clinux_tcp_keepalive(int fd, int idle_s, int interval_s, int count, int user_timeout_ms) {
    if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) < 0
        || setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s) < 0
        || setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s) < 0
        || setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) < 0
        || setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms) < 0) return -errno;
    return 0;
}

int clinux_set_buffers(int fd, int send_bytes, int receive_bytes) {
    if (send_bytes > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) < 0) return -errno;
    if (receive_bytes > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) < 0) return -errno;
    return 0;
}

ssize_t clinux_recv(int fd, void *b, size_t n) { return RETRY(recv(fd, b, n, MSG_DONTWAIT)); }
ssize_t clinux_recv_discard(int fd, size_t n) { return RETRY(recv(fd, NULL, n, MSG_DONTWAIT | MSG_TRUNC)); }
ssize_t clinux_send(int fd, const void *b, size_t n, bool more) { return RETRY(send(fd, b, n, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0))); }

ssize_t clinux_sendv(int fd, const struct iovec *vectors, int count, bool more) {
    struct msghdr message = { .msg_iov = (struct iovec *)vectors, .msg_iovlen = (size_t)count };
    return RETRY(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL | (more ? MSG_MORE : 0)));
}

int clinux_shutdown_write(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -errno : 0; }
int clinux_socket_pair(int fds[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0 ? -errno : 0;
}
int clinux_close(int fd) { return close(fd) < 0 ? -errno : 0; }

int clinux_epoll_create(void) { return RETRY(epoll_create1(EPOLL_CLOEXEC)); }

int clinux_epoll_set(int epoll, int fd, uint64_t token, uint32_t events, bool modify) {
    struct epoll_event event = { .events = (events & CLINUX_IN ? EPOLLIN | EPOLLRDHUP : 0) | (events & CLINUX_OUT ? EPOLLOUT : 0),
                                 .data.u64 = token };
    return epoll_ctl(epoll, modify ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int clinux_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0; }

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

int clinux_epoll_wait(int epoll, struct clinux_event *events, int capacity, int64_t timeout_ns) {
    static bool millisecond_only;
    struct epoll_event raw[256];
    if (capacity > 256) capacity = 256;
    int count = -1;
    if (!millisecond_only) {
        struct timespec timeout = { .tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000 };
        count = (int)syscall(SYS_epoll_pwait2, epoll, raw, capacity, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
        if (count < 0 && errno == ENOSYS) millisecond_only = true;
        else if (count < 0) return errno == EINTR ? 0 : -errno;
    }
    if (count < 0) {
        count = epoll_wait(epoll, raw, capacity, timeout_ns < 0 ? -1 : (int)((timeout_ns + 999999) / 1000000));
        if (count < 0) return errno == EINTR ? 0 : -errno;
    }
    for (int n = 0; n < count; n++) {
        uint32_t seen = raw[n].events;
        events[n].token = raw[n].data.u64;
        events[n].events = (seen & EPOLLIN ? CLINUX_IN : 0) | (seen & EPOLLOUT ? CLINUX_OUT : 0)
            | (seen & (EPOLLRDHUP | EPOLLHUP) ? CLINUX_CLOSED : 0) | (seen & EPOLLERR ? CLINUX_ERROR : 0);
    }
    return count;
}

int clinux_eventfd(void) { return RETRY(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

void clinux_eventfd_signal(int fd) {
    uint64_t value = 1;
    if (write(fd, &value, sizeof value) < 0) return;  // EAGAIN: the counter is full, so it is set
}

uint64_t clinux_eventfd_take(int fd) {
    uint64_t value = 0;
    return read(fd, &value, sizeof value) == sizeof value ? value : 0;
}

int clinux_signalfd(const int *signals) {
    sigset_t set;
    sigemptyset(&set);
    for (; *signals; signals++) sigaddset(&set, *signals);
    int failed = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (failed) return -failed;
    return RETRY(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int clinux_signalfd_take(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void clinux_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

int clinux_notify(const char *path, const char *message, size_t count) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.sun_path) return -EINVAL;
    memcpy(address.sun_path, path, length);
    // An abstract name begins with a zero byte and has no end but the address's.
    if (path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    ssize_t sent = RETRY(sendto(fd, message, count, MSG_NOSIGNAL, (struct sockaddr *)&address,
                                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)));
    close(fd);
    return sent < 0 ? (int)sent : 0;
}
