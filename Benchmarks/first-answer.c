/* How long a program takes from its start to its first answer.
 *
 * usage: first-answer PORT PATH COOKIE COMMAND [ARGUMENT…]
 * Starts the command, asks for the page every millisecond until the answer is 200, ends the command by SIGTERM, and
 * prints one line: result, milliseconds. What the command prints goes to standard error. */
#include "http.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **arguments) {
    char request[1024];
    int length = count < 5 ? -1
                           : snprintf(request, sizeof request,
                                      "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: %s\r\n\r\n",
                                      arguments[2], arguments[3]);
    if (length < 0 || length >= (int)sizeof request) {
        fprintf(stderr, "usage: %s PORT PATH COOKIE COMMAND [ARGUMENT…]\n", arguments[0]);
        return 64;
    }
    double begin = now();
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(arguments[4], arguments + 4);
        perror(arguments[4]);
        _exit(127);
    }
    int status = 0;
    while (now() - begin < 10) {
        status = http_exchange((uint16_t)atoi(arguments[1]), 0x7F000001, request, (size_t)length);
        if (status == 200) break;
        if (waitpid(child, NULL, WNOHANG) > 0) {
            fprintf(stderr, "first-answer: the command ended at once\n");
            return 1;
        }
        usleep(1000);
    }
    double taken = now() - begin;
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    if (status != 200) {
        fprintf(stderr, "first-answer: no answer of 200, the last was %d\n", status);
        return 1;
    }
    printf("result %.1f\n", taken * 1e3);
    return 0;
}
