// What the files of this target share.
#pragma once
#include <errno.h>
#include <unistd.h>

static inline int close_and_fail(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}
