// libconfig: the settings file, with the file and line of every setting and error.
#include <libconfig.h>
