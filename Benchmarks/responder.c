/* The ceiling: the least that answers a check behind nginx by libfcgi.
 *
 * usage: responder SOCKET PROCESSES [DATABASE_SOCKET SCHEMA STATEMENT]
 *
 * So many processes wait for connections on one socket and answer one request at a time, as the service's workers do.
 * The answer has the headers of a check that allows, all of them constants. With a database, the session that the
 * cookie names is looked up first by STATEMENT; 401 when it is not there. */
#include "lookup.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOKEN_LENGTH = 88 };

static const char allowed[] = "Status: 200 OK\r\n"
                              "X-Auth-Decision: allow\r\n"
                              "X-Auth-Request-User: 01900000-0000-7000-8000-000000000000\r\n"
                              "X-Auth-Request-Email: nobody@example.com\r\n"
                              "X-Auth-Request-Preferred-Username: nobody\r\n"
                              "X-Auth-Request-Groups: user\r\n"
                              "X-Auth-Session: 01900000-0000-7000-8000-000000000001\r\n\r\n";
static const char denied[] = "Status: 401 Unauthorized\r\nX-Auth-Decision: deny\r\n\r\n";

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    unlink(path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) || chmod(path, 0666) ||
        listen(descriptor, 4096))
        return -1;
    return descriptor;
}

static bool is_known(struct lookup *lookup, const char *cookie) {
    const char *found = cookie ? strstr(cookie, "sid=") : NULL;
    return found && strlen(found + 4) >= TOKEN_LENGTH && lookup_find(lookup, found + 4, TOKEN_LENGTH);
}

static void serve(int descriptor, struct lookup *lookup) {
    FCGX_Request request;
    if (FCGX_InitRequest(&request, descriptor, 0)) return;
    while (FCGX_Accept_r(&request) == 0) {
        bool allow = !lookup || is_known(lookup, FCGX_GetParam("HTTP_COOKIE", request.envp));
        const char *answer = allow ? allowed : denied;
        FCGX_PutStr(answer, (int)strlen(answer), request.out);
        FCGX_Finish_r(&request);
    }
}

int main(int count, char **arguments) {
    int processes = count == 3 || count == 6 ? atoi(arguments[2]) : 0;
    if (processes < 1 || processes > 64) {
        fprintf(stderr, "usage: %s SOCKET PROCESSES [DATABASE_SOCKET SCHEMA STATEMENT]\n", arguments[0]);
        return 64;
    }
    int descriptor = listen_at(arguments[1]);
    if (descriptor < 0 || FCGX_Init()) {
        perror(arguments[1]);
        return 1;
    }
    /* libfcgi has handlers of its own; here the signals end the process again. */
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    for (int number = 0; number < processes; number++) {
        if (fork() != 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        static struct lookup lookup;
        if (count == 6) lookup_open(&lookup, arguments[3], arguments[4], arguments[5]);
        serve(descriptor, count == 6 ? &lookup : NULL);
        _exit(1);
    }
    /* One that ends is missing from the measurement, so all end. */
    while (wait(NULL) < 0 && errno == EINTR) {}
    return 1;
}
