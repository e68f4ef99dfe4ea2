#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_connection(uint16_t port, uint32_t from) {
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) return -1;
    struct timeval limit = {.tv_sec = 15};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    /* The port of the client is chosen when it is known where it connects, so that they do not run out. */
    int late = 1;
    setsockopt(connection, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &late, sizeof late);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(from)}};
    struct sockaddr_in other = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(connection, (struct sockaddr *)&own, sizeof own) == 0 &&
        connect(connection, (struct sockaddr *)&other, sizeof other) == 0)
        return connection;
    close(connection);
    return -1;
}

int http_exchange(uint16_t port, uint32_t from, const char *request, size_t length) {
    int connection = open_connection(port, from);
    if (connection < 0) return 0;
    char answer[4096];
    size_t kept = 0;
    if (send(connection, request, length, MSG_NOSIGNAL) == (ssize_t)length) {
        for (;;) {
            /* The status stands in the first bytes; the rest is read and forgotten. */
            size_t at = kept < 64 ? kept : 64;
            ssize_t got = recv(connection, answer + at, sizeof answer - 1 - at, 0);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) kept = 0;
            if (got <= 0) break;
            kept += (size_t)got;
        }
    }
    close(connection);
    answer[kept < sizeof answer - 1 ? kept : sizeof answer - 1] = 0;
    int status = 0;
    return kept > 12 && sscanf(answer, "HTTP/1.%*1d %3d", &status) == 1 ? status : 0;
}
