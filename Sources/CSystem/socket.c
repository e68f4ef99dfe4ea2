// Unix sockets, and what the kernel tells of them.
#define _GNU_SOURCE
#include "CSystem.h"
#include "internal.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { no_cookie = -1 };

static int address_of(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return 0;
}

static int unix_socket(int sequenced, int flags) {
    return socket(AF_UNIX, (sequenced ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC | flags, 0);
}

int system_listen(const char *path, int sequenced, unsigned mode, int backlog) {
    struct sockaddr_un address;
    if (address_of(path, &address) != 0) return -1;
    int listening = unix_socket(sequenced, SOCK_NONBLOCK);
    if (listening < 0) return -1;
    // Nobody can connect before listen(), so a mode that is set between bind() and listen() is in time.
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, mode) != 0
        || listen(listening, backlog) != 0)
        return close_and_fail(listening);
    return listening;
}

int system_listen_queue(int listening) {
    struct stat status;
    if (fstat(listening, &status) != 0) return -1;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0) return -1;
    struct {
        struct nlmsghdr header;
        struct unix_diag_req ask;
    } request = {
        .header = {.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .ask = {
            .sdiag_family = AF_UNIX,
            .udiag_states = -1,
            .udiag_ino = (uint32_t)status.st_ino,
            .udiag_show = UDIAG_SHOW_RQLEN,
            .udiag_cookie = {no_cookie, no_cookie},
        },
    };
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    union {
        struct nlmsghdr header;
        char bytes[1024];
    } reply;
    int length = -1;
    ssize_t count = -1;
    if (sendto(netlink, &request, sizeof request, 0, (struct sockaddr *)&kernel, sizeof kernel) == sizeof request)
        // The kernel answers while it takes the question.
        count = recv(netlink, &reply, sizeof reply, MSG_DONTWAIT);
    if (count > 0 && NLMSG_OK(&reply.header, count) && reply.header.nlmsg_type == SOCK_DIAG_BY_FAMILY
        && reply.header.nlmsg_len >= NLMSG_LENGTH(sizeof(struct unix_diag_msg))) {
        struct rtattr *attribute = (struct rtattr *)((struct unix_diag_msg *)NLMSG_DATA(&reply.header) + 1);
        int left = (int)(reply.header.nlmsg_len - NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
        for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
            if (attribute->rta_type == UNIX_DIAG_RQLEN)
                length = (int)((struct unix_diag_rqlen *)RTA_DATA(attribute))->udiag_rqueue;
    }
    close(netlink);
    return length;
}

int system_connect(const char *path, int sequenced, int timeout_milliseconds) {
    struct sockaddr_un address;
    if (address_of(path, &address) != 0) return -1;
    int connected = unix_socket(sequenced, 0);
    if (connected < 0) return -1;
    // Of a unix socket whose queue is full, connect() waits as long as a write may.
    if (system_set_timeouts(connected, timeout_milliseconds) != 0
        || connect(connected, (struct sockaddr *)&address, sizeof address) != 0)
        return close_and_fail(connected);
    return connected;
}

int system_accept(int listening) {
    int accepted;
    do accepted = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    return accepted;
}

int system_peer_user(int socket, uint32_t *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *user = peer.uid;
    return 0;
}

int system_set_timeouts(int socket, int milliseconds) {
    struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0) return -1;
    if (setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0) return -1;
    return fcntl(socket, F_SETFL, 0);
}

ptrdiff_t system_peek(int socket, void *buffer, size_t capacity) {
    ssize_t count;
    do count = recv(socket, buffer, capacity, MSG_PEEK | MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    return count;
}

int system_send_datagram(const char *path, const char *text) {
    struct sockaddr_un address;
    if (address_of(path, &address) != 0) return -1;
    socklen_t size = sizeof address;
    if (path[0] == '@') {
        // Every byte counts in an abstract name, those behind its end too.
        address.sun_path[0] = 0;
        size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    }
    int sending = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sending < 0) return -1;
    ssize_t count =
        sendto(sending, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    if (count < 0) return close_and_fail(sending);
    close(sending);
    return 0;
}

int system_has_gone(int socket) {
    struct pollfd watched = {.fd = socket, .events = POLLRDHUP};
    return poll(&watched, 1, 0) == 1 && watched.revents & (POLLRDHUP | POLLHUP | POLLERR) ? 1 : 0;
}
