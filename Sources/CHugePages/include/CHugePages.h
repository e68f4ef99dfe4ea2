#ifndef CHUGEPAGES_H
#define CHUGEPAGES_H

#include <stdbool.h>

/// Whether what libsodium maps for a password hash is put on huge pages (docs/adr/0026). Not in a program with a sanitizer, which
/// has an `mmap` of its own.
bool huge_pages_are_wanted(void);

#endif
