// The FastCGI protocol (records, parameters, standard input): prescribed, see docs/adr/0002-dependencies.md.
#include <fcgiapp.h>
