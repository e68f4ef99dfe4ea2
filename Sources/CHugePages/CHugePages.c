// libsodium maps the memory of each Argon2 computation anew, in pages of 4 KiB that the kernel clears one after the other: more
// than a third of what a hash takes. It has no way to be told otherwise, but it calls `mmap` as every library does, by a name
// that the program may define (ELF's rule: the first who exports a name is called). Only such a call is changed: anonymous
// memory that is wanted at once, and much of it.
#define _GNU_SOURCE
#include "CHugePages.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif

#ifdef HAS_SANITIZER

bool huge_pages_are_wanted(void) { return false; }

#else

bool huge_pages_are_wanted(void) { return true; }

enum { LEAST = 4 << 20 };

static void *map(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
}

__attribute__((visibility("default"))) void *mmap(
    void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    const int wanted = MAP_ANONYMOUS | MAP_POPULATE;
    if ((flags & wanted) != wanted || length < LEAST) return map(address, length, protection, flags, descriptor, offset);
    void *memory = map(address, length, protection, flags & ~MAP_POPULATE, descriptor, offset);
    if (memory == MAP_FAILED) return memory;
    // Both are wishes: where the kernel has no huge pages, or none free, there are small ones, and those that are not there yet
    // come when they are written.
    int before = errno;
    (void)madvise(memory, length, MADV_HUGEPAGE);
    (void)madvise(memory, length, MADV_POPULATE_WRITE);
    errno = before;
    return memory;
}

#endif
