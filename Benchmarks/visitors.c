/* Many visitors from many addresses sign in, or register, so many at a time.
 *
 * usage: visitors sign-in|register PORT CLIENTS SECONDS ACCOUNTS <PASSWORD
 *   ACCOUNTS  lines that begin with a username and a tab; each sign-in takes the next
 * Prints one line: result, seconds, answers of 2xx, of 429 and 503, others and none; latencies of the first in
 * milliseconds (p50, p99), and the longest of the refusals. */
#include "http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who is refused tries again soon, but not at once: the machine shall hash, not be busy with those who ask. */
enum { CLIENTS = 1024, SAMPLES = 1 << 20, REFUSED_MICROSECONDS = 50000 };

static uint16_t port;
static double end;
static int registers;
static char password[256], **names;
static unsigned long name_count;
static atomic_ulong next, accepted, refused, failed;
static double *latencies, longest_refusal;
static pthread_mutex_t refusal_lock = PTHREAD_MUTEX_INITIALIZER;

static void read_names(const char *path) {
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t capacity = 0;
    while (file && getline(&line, &capacity, file) > 0) {
        if (name_count % 4096 == 0) names = realloc(names, (name_count + 4096) * sizeof *names);
        names[name_count++] = strndup(line, strcspn(line, "\t\n"));
    }
    free(line);
    if (file) fclose(file);
}

static size_t compose(char *request, size_t capacity, unsigned long number) {
    char body[512];
    int size =
        registers ? snprintf(body, sizeof body,
                             "{\"email\":\"new-%d-%lu@example.com\",\"username\":\"new-%d-%lu\",\"password\":\"%s\"}",
                             getpid(), number, getpid(), number, password)
                  : snprintf(body, sizeof body, "{\"username\":\"%s\",\"password\":\"%s\"}",
                             names[number % name_count], password);
    return (size_t)snprintf(request, capacity,
                            "POST /auth/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                            "User-Agent: visitors/1\r\nAccept: application/json\r\n"
                            "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                            registers ? "register" : "login", size, body);
}

static void *visit(void *unused) {
    (void)unused;
    while (now() < end) {
        unsigned long number = atomic_fetch_add(&next, 1);
        char request[1024];
        size_t length = compose(request, sizeof request, number);
        /* 127.1.0.1 and on: as many addresses as visitors. */
        uint32_t from = 0x7F010000 + 1 + (uint32_t)(number % 0xFE0000);
        double start = now();
        int status = http_exchange(port, from, request, length);
        double taken = now() - start;
        if (status >= 200 && status < 300) {
            unsigned long index = atomic_fetch_add(&accepted, 1);
            if (index < SAMPLES) latencies[index] = taken;
        } else if (status == 429 || status == 503) {
            atomic_fetch_add(&refused, 1);
            pthread_mutex_lock(&refusal_lock);
            if (taken > longest_refusal) longest_refusal = taken;
            pthread_mutex_unlock(&refusal_lock);
            usleep(REFUSED_MICROSECONDS);
        } else {
            atomic_fetch_add(&failed, 1);
            fprintf(stderr, "visitors: status %d\n", status);
        }
    }
    return NULL;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int count, char **arguments) {
    int clients = count == 6 ? atoi(arguments[3]) : 0;
    registers = count == 6 && strcmp(arguments[1], "register") == 0;
    if (clients < 1 || clients > CLIENTS || (!registers && strcmp(arguments[1], "sign-in"))) {
        fprintf(stderr, "usage: %s sign-in|register PORT CLIENTS SECONDS ACCOUNTS <PASSWORD\n", arguments[0]);
        return 64;
    }
    port = (uint16_t)atoi(arguments[2]);
    read_names(arguments[5]);
    latencies = calloc(SAMPLES, sizeof *latencies);
    if (!latencies || !name_count || !fgets(password, sizeof password, stdin)) {
        fprintf(stderr, "visitors: no accounts, no password, or no memory\n");
        return 1;
    }
    password[strcspn(password, "\n")] = 0;
    /* A second run does not begin with the accounts of the first. */
    next = (unsigned long)getpid() * 37;
    double begin = now();
    end = begin + atof(arguments[4]);
    pthread_t threads[CLIENTS];
    for (int client = 0; client < clients; client++) pthread_create(&threads[client], NULL, visit, NULL);
    for (int client = 0; client < clients; client++) pthread_join(threads[client], NULL);
    double seconds = now() - begin;
    unsigned long samples = accepted < SAMPLES ? accepted : SAMPLES;
    qsort(latencies, samples, sizeof *latencies, by_value);
    printf("result %.3f %lu %lu %lu %.3f %.3f %.3f\n", seconds, accepted, refused, failed,
           samples ? latencies[samples / 2] * 1e3 : 0, samples ? latencies[samples * 99 / 100] * 1e3 : 0,
           longest_refusal * 1e3);
    return 0;
}
