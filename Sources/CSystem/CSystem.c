#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { most_descriptors = 8, above_the_inherited = 3 + most_descriptors };

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

int system_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int system_takes_line(int descriptor) {
    struct pollfd asked = {.fd = descriptor, .events = POLLOUT};
    if (poll(&asked, 1, 0) != 1 || !(asked.revents & POLLOUT)) return 0;
    // Others may write between the question and the write. In the last place of a pipe one of them would have to wait, so
    // half of it is left to them.
    int size = fcntl(descriptor, F_GETPIPE_SZ), used = 0;
    return size < 0 || (ioctl(descriptor, FIONREAD, &used) == 0 && used <= size / 2);
}

int64_t system_file_size(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) == 0 ? (int64_t)status.st_size : -1;
}

int system_set_inherited(int descriptor, int inherited) {
    return fcntl(descriptor, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

// A child whose signals are as a shell would give them, whatever this process has blocked or ignores.
static int spawn(
    pid_t *child, const char *path, const posix_spawn_file_actions_t *actions, char *const arguments[]) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(child, path, actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
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
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        for (int index = 0; index < count && error == 0; index++)
            error = posix_spawn_file_actions_adddup2(&actions, copies[index], 3 + index);
        if (error == 0) error = spawn(process, path, &actions, arguments);
        posix_spawn_file_actions_destroy(&actions);
    }
    for (int index = 0; index < made; index++) close(copies[index]);
    return error;
}

// Waits for a child no longer than that; then it is killed.
static int wait_for(pid_t child, int64_t milliseconds) {
    int status = 0;
    int64_t deadline = system_monotonic_milliseconds() + milliseconds;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (system_monotonic_milliseconds() >= deadline) kill(child, SIGKILL);
        usleep(2000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int system_run(
    const char *path, char *const arguments[], const void *input, size_t count, int64_t milliseconds, int *status) {
    int file = system_file_create(input, count);
    if (file < 0) return errno;
    lseek(file, 0, SEEK_SET);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    pid_t child = -1;
    int error = posix_spawn_file_actions_adddup2(&actions, file, 0);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (error == 0) error = spawn(&child, path, &actions, arguments);
    posix_spawn_file_actions_destroy(&actions);
    close(file);
    if (error == 0) *status = wait_for(child, milliseconds);
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

int64_t system_user(const char *name) {
    struct passwd *found = getpwnam(name);
    return found == NULL ? -1 : (int64_t)found->pw_uid;
}

int64_t system_group(const char *name) {
    struct group *found = getgrnam(name);
    return found == NULL ? -1 : (int64_t)found->gr_gid;
}

// sched_setattr(2), which the C library of Debian 12 does not have.
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void system_set_slice(uint64_t nanoseconds) {
    struct attributes attributes = {.size = sizeof attributes, .policy = SCHED_OTHER, .runtime = nanoseconds};
    errno = 0;
    attributes.nice = getpriority(PRIO_PROCESS, 0);
    if (errno == 0) syscall(SYS_sched_setattr, 0, &attributes, 0);
}
