// A C face for the Mustache renderer of libkainjow-mustache, a C++ header: text in, text out, values escaped for HTML.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Renders the template with `count` names and values. Returns a string that the caller frees, or NULL when the
/// template is not valid.
char *mustache_render(const char *source, const char *const *names, const char *const *values, size_t count);

#ifdef __cplusplus
}
#endif
