#include "CMustache.h"

#include <cstring>
#include <kainjow/mustache.hpp>

char *mustache_render(
    const char *source, const char *const *names, const char *const *values, size_t count, int escapes) {
    try {
        kainjow::mustache::mustache page{source};
        if (!page.is_valid()) return nullptr;
        if (!escapes) page.set_custom_escape([](const std::string &value) { return value; });
        kainjow::mustache::data context;
        for (size_t index = 0; index < count; index++) {
            // An empty value is false, so that a section around it is left out.
            if (values[index][0] == '\0') context.set(names[index], false);
            else context.set(names[index], values[index]);
        }
        return strdup(page.render(context).c_str());
    } catch (...) {
        return nullptr;  // no exception may cross into Swift
    }
}
