/* As much HTTP as a measurement needs. */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

/* Sends one request to 127.0.0.1 from a loopback address, on a connection of its own, and reads the whole answer.
 * Returns the status, or 0 when there was none within fifteen seconds. */
int http_exchange(uint16_t port, uint32_t from, const char *request, size_t length);

/* Seconds of a clock that never jumps. */
double now(void);

#endif
