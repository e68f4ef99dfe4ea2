#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { no_cookie = -1, most_descriptors = 8, above_the_inherited = 3 + most_descriptors };

int64_t system_monotonic_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int system_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int system_epoll_add(int epoll, int descriptor, int watch) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    // A half-closed peer is of interest only where a whole request is awaited.
    if (watch == SYSTEM_WATCH_EDGE) event.events |= EPOLLET | EPOLLRDHUP;
    if (watch == SYSTEM_WATCH_EXCLUSIVE) event.events |= EPOLLEXCLUSIVE;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int system_epoll_remove(int epoll, int descriptor) { return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL); }

int system_epoll_wait(int epoll, int *ready, int capacity, int timeout_milliseconds) {
    struct epoll_event events[64];
    if (capacity > 64) capacity = 64;
    int count = epoll_wait(epoll, events, capacity, timeout_milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int index = 0; index < count; index++) ready[index] = events[index].data.fd;
    return count;
}

int system_signal_descriptor(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int system_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t count;
    do count = read(descriptor, &info, sizeof info);
    while (count < 0 && errno == EINTR);
    return count == sizeof info ? (int)info.ssi_signo : 0;
}

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

static int close_and_fail(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
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

int system_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *reading = ends[0];
    *writing = ends[1];
    return 0;
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

int system_memory_create(size_t size) {
    int descriptor = memfd_create("authfcgi-worker", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -1;
    // Whoever cut it short would end every process that reads it.
    if (ftruncate(descriptor, (off_t)size) != 0
        || fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return close_and_fail(descriptor);
    return descriptor;
}

uint64_t *system_memory_map(int descriptor, size_t *size) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) return NULL;
    *size = (size_t)status.st_size;
    void *memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void system_memory_unmap(uint64_t *memory, size_t size) { munmap(memory, size); }

void system_store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

void system_add(uint64_t *word, uint64_t amount) {
    // One writer: no lock is needed, only that nobody ever sees half a word.
    __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + amount, __ATOMIC_RELAXED);
}

uint64_t system_load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

int system_file_create(const void *bytes, size_t count) {
    int descriptor = memfd_create("authfcgi-settings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) return -1;
    for (size_t written = 0; written < count;) {
        ssize_t part = write(descriptor, (const char *)bytes + written, count - written);
        if (part < 0 && errno != EINTR) return close_and_fail(descriptor);
        if (part > 0) written += (size_t)part;
    }
    if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
        return close_and_fail(descriptor);
    return descriptor;
}

int system_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

static int lock_byte(int descriptor, int64_t offset, int command, short type, struct flock *lock) {
    *lock = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(descriptor, command, lock);
}

int system_lock_byte(int descriptor, int64_t offset, int shared) {
    struct flock lock;
    return lock_byte(descriptor, offset, F_SETLK, shared ? F_RDLCK : F_WRLCK, &lock);
}

int system_unlock_byte(int descriptor, int64_t offset) {
    struct flock lock;
    return lock_byte(descriptor, offset, F_SETLK, F_UNLCK, &lock);
}

int system_is_byte_locked(int descriptor, int64_t offset) {
    struct flock lock;
    return lock_byte(descriptor, offset, F_GETLK, F_WRLCK, &lock) == 0 && lock.l_type != F_UNLCK;
}

int64_t system_file_size(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 ? (int64_t)status.st_size : -1;
}

int system_set_inherited(int descriptor, int inherited) {
    return fcntl(descriptor, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

int system_spawn(const char *path, char *const arguments[], const int *descriptors, int count, int *process) {
    int copies[most_descriptors];
    int made = 0;
    int error = count > most_descriptors ? EINVAL : 0;
    // Copies above the numbers to be given, so that no dup2 overwrites the source of a later one.
    for (; error == 0 && made < count; made++) {
        copies[made] = fcntl(descriptors[made], F_DUPFD_CLOEXEC, above_the_inherited);
        if (copies[made] < 0) {
            error = errno;
            break;
        }
    }
    if (error == 0) {
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_t actions;
        posix_spawnattr_init(&attributes);
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        for (int index = 0; index < count && error == 0; index++)
            error = posix_spawn_file_actions_adddup2(&actions, copies[index], 3 + index);
        if (error == 0) error = posix_spawn(process, path, &actions, &attributes, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    for (int index = 0; index < made; index++) close(copies[index]);
    return error;
}

int system_execute(const char *path, char *const arguments[], const char *name, const char *value) {
    if (setenv(name, value, 1) != 0) return -1;
    execv(path, arguments);
    int error = errno;
    unsetenv(name);
    errno = error;
    return -1;
}

int system_execute_open(int program, char *const arguments[], const char *name, const char *value) {
    if (setenv(name, value, 1) != 0) return -1;
    execveat(program, "", arguments, environ, AT_EMPTY_PATH);
    int error = errno;
    unsetenv(name);
    errno = error;
    return -1;
}

void system_set_name(const char *name) { prctl(PR_SET_NAME, name); }

int system_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    return CPU_COUNT(&set);
}

int system_die_with_parent(int parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return -1;
    // The parent may have ended before the request was made.
    if (getppid() == parent) return 0;
    errno = ESRCH;
    return -1;
}

int system_refuse_core_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
    // A core pattern that is a pipe is not bound by the limit.
    return prctl(PR_SET_DUMPABLE, 0);
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

int64_t system_user(const char *name) {
    struct passwd *found = getpwnam(name);
    return found == NULL ? -1 : (int64_t)found->pw_uid;
}

int64_t system_group(const char *name) {
    struct group *found = getgrnam(name);
    return found == NULL ? -1 : (int64_t)found->gr_gid;
}
