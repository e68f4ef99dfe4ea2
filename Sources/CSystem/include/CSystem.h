// What Linux offers and Swift's Glibc module does not reach well: epoll, signalfd, memfd, peer credentials, spawning.
//
// Functions answer -1 with errno set, like the calls that they wrap, unless something else is said.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Milliseconds of CLOCK_MONOTONIC: the same clock in every process of the machine.
int64_t system_monotonic_milliseconds(void);

enum system_watch { SYSTEM_WATCH_LEVEL = 0, SYSTEM_WATCH_EDGE = 1, SYSTEM_WATCH_EXCLUSIVE = 2 };

int system_epoll_create(void);
// Watches for input and hang-up.
int system_epoll_add(int epoll, int descriptor, int watch);
int system_epoll_remove(int epoll, int descriptor);
// Fills `ready` with the descriptors that have something; an interruption counts as none. A negative timeout waits.
int system_epoll_wait(int epoll, int *ready, int capacity, int timeout_milliseconds);

// Blocks the signals and makes a non-blocking descriptor that reads them.
int system_signal_descriptor(const int *signals, int count);
// The next signal, 0 when there is none.
int system_next_signal(int descriptor);

// Binds and listens under `path` of type SOCK_STREAM or SOCK_SEQPACKET; close-on-exec, non-blocking.
int system_listen(const char *path, int sequenced, unsigned mode, int backlog);
// How many connections wait to be accepted on a unix socket; -1 where the kernel does not tell.
int system_listen_queue(int listening);
// Neither this nor what is read and written afterwards waits longer than that.
int system_connect(const char *path, int sequenced, int timeout_milliseconds);
// Close-on-exec; what it returns does not block.
int system_accept(int listening);
// Both ends close-on-exec; the reading end does not block.
int system_pipe(int *reading, int *writing);
// The user at the other end of a unix socket.
int system_peer_user(int socket, uint32_t *user);
// Has reads and writes of a socket wait, but no longer than that.
int system_set_timeouts(int socket, int milliseconds);
// What lies in the socket, left there; 0 is the end of the stream.
ptrdiff_t system_peek(int socket, void *buffer, size_t capacity);

// 1 when the other end of a connection has closed it, also when bytes are left to be read.
int system_has_gone(int socket);

// 1 when a pipe or terminal takes a line of up to PIPE_BUF bytes at once, 0 when a write could wait for who reads.
int system_takes_line(int descriptor);

// Shared memory, filled with zeros; nobody can change its size.
int system_memory_create(size_t size);
// Maps all of it and says how much that is. Answers NULL with errno set.
uint64_t *system_memory_map(int descriptor, size_t *size);
void system_memory_unmap(uint64_t *memory, size_t size);
void system_store(uint64_t *word, uint64_t value);
// For words that one process alone writes.
void system_add(uint64_t *word, uint64_t amount);
uint64_t system_load(const uint64_t *word);

// A file without a name that holds these bytes and that nobody can change; close-on-exec.
int system_file_create(const void *bytes, size_t count);
// Sends one datagram; a path that begins with `@` is a name in the abstract namespace. Never waits.
int system_send_datagram(const char *path, const char *text);

// Takes an exclusive lock that ends with the descriptor; -1 with EWOULDBLOCK when another has it.
int system_lock(int descriptor);
// Locks one byte of a file for this process, alone or (`shared`) together with others, without waiting: -1 with EAGAIN or
// EACCES when another process has it. The lock ends with the process, and when it closes any descriptor of the file.
int system_lock_byte(int descriptor, int64_t offset, int shared);
int system_unlock_byte(int descriptor, int64_t offset);
// 1 when another process has a lock on the byte, else 0.
int system_is_byte_locked(int descriptor, int64_t offset);
int64_t system_file_size(int descriptor);
int system_set_inherited(int descriptor, int inherited);

// Starts a program with an empty signal mask, default signals, and `descriptors` as 3, 4, 5, ...
// Answers 0 or an error number.
int system_spawn(const char *path, char *const arguments[], const int *descriptors, int count, int *process);
// Runs a program to its end with these bytes as its standard input; what it prints is thrown away. After so long it is
// killed. `status` is its exit status, or minus the signal that ended it. Answers 0 or an error number.
int system_run(
    const char *path, char *const arguments[], const void *input, size_t count, int64_t milliseconds, int *status);
// Replaces this program by another, which sees `name`=`value` in its environment.
int system_execute(const char *path, char *const arguments[], const char *name, const char *value);

// Replaces this program by an open one, which sees `name`=`value` in its environment.
int system_execute_open(int program, char *const arguments[], const char *name, const char *value);

// Remembers a way back to a program that is open: what it needs is copied, and `descriptors` are kept as they are now,
// also when they are closed. Until it is forgotten, a fault of this program's own that would end it leads back instead.
int system_remember_return(
    int program, char *const arguments[], const char *name, const char *value, const int *descriptors, int count);
// Goes back; returns only when there is no way.
void system_return(void);
void system_forget_return(void);

// What tools call this process.
void system_set_name(const char *name);
// How long this process asks to go on undisturbed, in nanoseconds; 0 for what the kernel gives everybody. Whoever asks for
// less goes first when he wakes up. Kernels before 6.12 take no notice.
void system_set_slice(uint64_t nanoseconds);
// How many processors this process may use.
int system_processors(void);
// Asks for SIGTERM when the parent ends; -1 when it already has.
int system_die_with_parent(int parent);
// Secrets in memory are not written to a core file.
int system_refuse_core_dumps(void);
// For the numbers of a user and a group; -1 when there is none of that name.
int64_t system_user(const char *name);
int64_t system_group(const char *name);
