/* The bare Argon2id loop on libsodium: what a sign-in cannot be cheaper than.
 *
 * usage: hashes PROCESSES SECONDS ITERATIONS MEMORY_KIB NICENESS
 * Prints one line: result, seconds, hashes computed. */
#include "http.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

int main(int count, char **arguments) {
    int processes = count == 6 ? atoi(arguments[1]) : 0;
    if (processes < 1 || sodium_init() < 0) {
        fprintf(stderr, "usage: %s PROCESSES SECONDS ITERATIONS MEMORY_KIB NICENESS\n", arguments[0]);
        return 64;
    }
    unsigned long long iterations = strtoull(arguments[3], NULL, 10);
    size_t memory = (size_t)strtoull(arguments[4], NULL, 10) * 1024;
    atomic_ulong *done =
        mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (done == MAP_FAILED || setpriority(PRIO_PROCESS, 0, atoi(arguments[5]))) {
        perror("hashes");
        return 1;
    }
    double begin = now(), end = begin + atof(arguments[2]);
    for (int process = 0; process < processes; process++) {
        if (fork() != 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        unsigned char salt[crypto_pwhash_SALTBYTES], digest[32];
        randombytes_buf(salt, sizeof salt);
        while (now() < end) {
            if (crypto_pwhash(digest, sizeof digest, "correct horse battery", 21, salt, iterations, memory,
                              crypto_pwhash_ALG_ARGON2ID13))
                _exit(1);
            atomic_fetch_add(done, 1);
        }
        _exit(0);
    }
    int failed = 0, status;
    while (wait(&status) > 0) failed |= status;
    printf("result %.3f %lu\n", now() - begin, *done);
    return failed ? 1 : 0;
}
