// zxcvbn: dictionaries of common passwords, names and words, compiled into the library.
#include <stdlib.h>
#include <string.h>
#include <zxcvbn.h>
