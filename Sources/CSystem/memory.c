// Memory that processes share, and locks between them.
#define _GNU_SOURCE
#include "CSystem.h"
#include "internal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

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
