// libidn2: the ASCII form of the domain of a mail address (IDNA 2008).
#include <idn2.h>
