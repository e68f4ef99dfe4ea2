// jansson: JSON that refuses duplicate names, NUL, lone surrogates and trailing bytes.
#include <jansson.h>
