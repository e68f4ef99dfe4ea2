/* What a request asks of the database, without the service: the same statements over the same kind of connection.
 *
 * usage: statements profile  PROCESSES SECONDS DATABASE_SOCKET SCHEMA ACCOUNTS STATEMENT
 *        statements register PROCESSES SECONDS DATABASE_SOCKET SCHEMA ITERATIONS MEMORY_KIB NICENESS
 *   profile   looks up the session of one account after the other by the statement
 *   register  hashes a password and stores a user as a registration does
 * Prints one line: result, seconds, rounds done, statements sent in one round. */
#include "http.h"
#include "lookup.h"

#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOKENS = 20000, BINDS = 16 };

static char *tokens[TOKENS];
static unsigned token_count;

static void read_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    char line[512];
    while (file && token_count < TOKENS && fgets(line, sizeof line, file)) {
        char *token = strchr(line, '\t');
        if (!token) continue;
        token[1 + strcspn(token + 1, "\n")] = 0;
        tokens[token_count++] = strdup(token + 1);
    }
    if (file) fclose(file);
}

/* The statements of a registration. `b` is a fresh random value of sixteen bytes, `B` of 32; `1` to `3` are those that the
 * registration is counted by; `u` the user's id; `t` the time; `n` and `e` the user's name and address; `i` a number that
 * grows; the rest stands in the text. The first is sent before the password is hashed. */
static const struct {
    const char *text, *binds;
} registration[] = {
    {"SELECT bucket, arrival FROM budgets WHERE bucket IN (?, ?, ?)", "123"},
    {"START TRANSACTION", ""},
    {"INSERT INTO budgets (bucket, arrival, burst, is_granted) VALUES (?, 1, 5, TRUE), (?, 1, 10, TRUE), "
     "(?, 1, 10, TRUE) ON DUPLICATE KEY UPDATE burst = VALUES(burst), is_granted = TRUE "
     "RETURNING arrival, is_granted", "123"},
    {"INSERT INTO users (id, email, email_key, username, role, erasure_salt, created_at, updated_at, "
     "password_changed_at, last_sign_in_at) VALUES (?, ?, ?, ?, 'user', ?, ?, ?, ?, ?)", "ueenbtttt"},
    {"INSERT INTO usernames (name, user_id, claimed_at) VALUES (?, ?, ?)", "nut"},
    {"SELECT password_create(?, 2, 65536, ?, 1, ?)", "ubB"},
    {"INSERT INTO sessions (token_hash, id, user_id, carrier, is_remembered, methods, authenticated_at, created_at, "
     "last_used_at, idle_until, expires_at, address, user_agent) VALUES (?, ?, ?, 'cookie', 0, 'pwd', ?, ?, ?, ?, ?, "
     "?, 'statements/1')", "Bbutttttb"},
    {"INSERT INTO audit_events (incarnation, sequence, id, recorded_at, event, actor, subject_id, session_id, "
     "request_id, personal, detail, key_id, mac) VALUES (?, ?, ?, ?, 'user.registered', 'user', ?, ?, ?, "
     "REPEAT('x', 90), '{}', 1, ?)", "bibtubbB"},
    {"COMMIT", ""},
};
enum { STATEMENTS = sizeof registration / sizeof *registration };

static void check(MYSQL *connection, int failed, const char *text) {
    if (!failed) return;
    fprintf(stderr, "statements: %s: %s\n", text, mysql_error(connection));
    _exit(1);
}

static unsigned char buckets[3][32];

static void run(MYSQL *connection, MYSQL_STMT *statement, int index, const unsigned char user[16], long number) {
    const char *text = registration[index].text, *binds = registration[index].binds;
    if (!*binds) return check(connection, mysql_real_query(connection, text, strlen(text)), text);
    static unsigned char values[BINDS][64];
    MYSQL_BIND bind[BINDS] = {0};
    static MYSQL_TIME time;
    time = (MYSQL_TIME){.year = 2030, .month = 1, .day = 1, .second_part = (unsigned long)number % 1000000};
    for (int at = 0; binds[at]; at++) {
        unsigned long size = binds[at] == 'b' || binds[at] == 'u' ? 16 : 32;
        bind[at].buffer_type = MYSQL_TYPE_BLOB;
        bind[at].buffer = values[at];
        switch (binds[at]) {
        case '1': case '2': case '3': memcpy(values[at], buckets[binds[at] - '1'], 32); break;
        case 'u': memcpy(values[at], user, 16); break;
        case 'n': size = (unsigned long)snprintf((char *)values[at], 64, "bare-%d-%ld", getpid(), number); break;
        case 'e': size = (unsigned long)snprintf((char *)values[at], 64, "bare-%d-%ld@example.com", getpid(), number); break;
        case 't': bind[at].buffer_type = MYSQL_TYPE_DATETIME, bind[at].buffer = &time; break;
        case 'i': bind[at].buffer_type = MYSQL_TYPE_LONGLONG, memcpy(values[at], &number, sizeof number); break;
        default: randombytes_buf(values[at], size);
        }
        bind[at].buffer_length = size;
    }
    check(connection, mysql_stmt_bind_param(statement, bind) || mysql_stmt_execute(statement) ||
        mysql_stmt_store_result(statement), text);
    mysql_stmt_free_result(statement);
}

static void register_users(char **arguments, double end, atomic_ulong *done) {
    struct lookup lookup;
    lookup_open(&lookup, arguments[4], arguments[5], "SELECT 1 FROM users WHERE id = ?");
    MYSQL *connection = lookup.connection;
    MYSQL_STMT *statements[STATEMENTS] = {0};
    for (int index = 0; index < STATEMENTS; index++) {
        if (!*registration[index].binds) continue;
        statements[index] = mysql_stmt_init(connection);
        check(connection, mysql_stmt_prepare(statements[index], registration[index].text,
            strlen(registration[index].text)), registration[index].text);
    }
    unsigned char user[16], salt[crypto_pwhash_SALTBYTES], digest[32];
    for (long number = 0; now() < end; number++) {
        randombytes_buf(user, sizeof user);
        randombytes_buf(salt, sizeof salt);
        randombytes_buf(buckets, sizeof buckets);
        run(connection, statements[0], 0, user, number);
        if (crypto_pwhash(digest, sizeof digest, "correct horse battery", 21, salt, strtoull(arguments[6], NULL, 10),
                          (size_t)strtoull(arguments[7], NULL, 10) * 1024, crypto_pwhash_ALG_ARGON2ID13))
            _exit(1);
        for (int index = 1; index < STATEMENTS; index++) run(connection, statements[index], index, user, number);
        atomic_fetch_add(done, 1);
    }
}

static void read_profiles(char **arguments, double end, atomic_ulong *done) {
    static struct lookup lookup;
    lookup_open(&lookup, arguments[4], arguments[5], arguments[7]);
    for (unsigned number = (unsigned)getpid(); now() < end; number++) {
        const char *token = tokens[number % token_count];
        if (!lookup_find(&lookup, token, strlen(token))) _exit(1);
        atomic_fetch_add(done, 1);
    }
}

int main(int count, char **arguments) {
    int registers = count == 9 && strcmp(arguments[1], "register") == 0;
    int processes = registers || (count == 8 && strcmp(arguments[1], "profile") == 0) ? atoi(arguments[2]) : 0;
    if (processes < 1 || sodium_init() < 0) {
        fprintf(stderr, "usage: %s profile|register …: see the head of the source\n", arguments[0]);
        return 64;
    }
    if (!registers) read_tokens(arguments[6]);
    atomic_ulong *done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (done == MAP_FAILED || (!registers && !token_count) ||
        (registers && setpriority(PRIO_PROCESS, 0, atoi(arguments[8])))) {
        fprintf(stderr, "statements: no memory, no accounts, or no such niceness\n");
        return 1;
    }
    double begin = now(), end = begin + atof(arguments[3]);
    for (int process = 0; process < processes; process++) {
        if (fork() != 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        (registers ? register_users : read_profiles)(arguments, end, done);
        _exit(0);
    }
    int failed = 0, status;
    while (wait(&status) > 0) failed |= status;
    printf("result %.3f %lu %d\n", now() - begin, *done, registers ? (int)STATEMENTS : 1);
    return failed ? 1 : 0;
}
