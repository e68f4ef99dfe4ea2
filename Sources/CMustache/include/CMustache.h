// A C face for the Mustache renderer of libkainjow-mustache, a C++ header: text in, text out.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Renders the template with `count` names and values; values are escaped for HTML where `escapes` is not 0. Returns a
/// string that the caller frees, or NULL when the template is not valid.
char *mustache_render(
    const char *source, const char *const *names, const char *const *values, size_t count, int escapes);

#ifdef __cplusplus
}
#endif
