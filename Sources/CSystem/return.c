// The way back to the program that was before. All memory is taken in advance: after a fault nothing may be allocated.
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int faults[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { fault_count = sizeof faults / sizeof *faults, lowest_copy = 64 };

static struct {
    int program, count;
    int *numbers, *copies;
    char **arguments, **environment;
} way = {.program = -1};

void system_return(void) {
    if (way.program < 0) return;
    // What dup2 makes is inherited.
    for (int index = 0; index < way.count; index++) dup2(way.copies[index], way.numbers[index]);
    execveat(way.program, "", way.arguments, way.environment, AT_EMPTY_PATH);
}

// When there is no way, the default that the handler was reset to ends the process at the same place.
static void go_back(int fault) {
    (void)fault;
    system_return();
}

static char **copy_list(char *const *list, size_t more) {
    size_t count = 0;
    while (list[count] != NULL) count++;
    char **copy = calloc(count + more + 1, sizeof *copy);
    for (size_t index = 0; copy != NULL && index < count; index++) copy[index] = strdup(list[index]);
    return copy;
}

static char **environment_with(const char *name, const char *value) {
    char **copy = copy_list(environ, 1);
    size_t length = strlen(name) + strlen(value) + 2, last = 0;
    char *entry = malloc(length);
    if (copy == NULL || entry == NULL) return NULL;
    snprintf(entry, length, "%s=%s", name, value);
    while (copy[last] != NULL && strncmp(copy[last], entry, strlen(name) + 1) != 0) last++;
    copy[last] = entry;
    return copy;
}

int system_remember_return(
    int program, char *const arguments[], const char *name, const char *value, const int *descriptors, int count) {
    way.arguments = copy_list(arguments, 0);
    way.environment = environment_with(name, value);
    way.numbers = calloc((size_t)count + 1, sizeof(int));
    way.copies = calloc((size_t)count + 1, sizeof(int));
    if (way.arguments == NULL || way.environment == NULL || way.numbers == NULL || way.copies == NULL) return -1;
    for (way.count = 0; way.count < count; way.count++) {
        way.numbers[way.count] = descriptors[way.count];
        way.copies[way.count] = fcntl(descriptors[way.count], F_DUPFD_CLOEXEC, lowest_copy);
        if (way.copies[way.count] < 0) return -1;
    }
    way.program = fcntl(program, F_DUPFD_CLOEXEC, lowest_copy);
    if (way.program < 0) return -1;
    struct sigaction action = {.sa_handler = go_back, .sa_flags = SA_NODEFER | (int)SA_RESETHAND};
    for (int index = 0; index < fault_count; index++) sigaction(faults[index], &action, NULL);
    return 0;
}

void system_forget_return(void) {
    if (way.program >= 0) {
        for (int index = 0; index < fault_count; index++) signal(faults[index], SIG_DFL);
        close(way.program);
        way.program = -1;
    }
    // Also those of a way that was remembered by half.
    for (int index = 0; index < way.count; index++) close(way.copies[index]);
    way.count = 0;
}
