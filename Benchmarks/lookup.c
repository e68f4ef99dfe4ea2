#include "lookup.h"

#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void fail(const char *what, const char *why) {
    fprintf(stderr, "lookup: %s: %s\n", what, why);
    exit(1);
}

void lookup_open(struct lookup *lookup, const char *socket, const char *schema, const char *statement) {
    memset(lookup, 0, sizeof *lookup);
    const struct passwd *user = getpwuid(geteuid());
    lookup->connection = mysql_init(NULL);
    if (!user || !lookup->connection) fail("no user or no memory", "");
    if (!mysql_real_connect(lookup->connection, NULL, user->pw_name, NULL, schema, 0, socket, 0))
        fail("connect", mysql_error(lookup->connection));
    if (mysql_query(lookup->connection, "SET SESSION time_zone = '+00:00', tx_isolation = 'READ-COMMITTED'"))
        fail("set-up", mysql_error(lookup->connection));
    lookup->statement = mysql_stmt_init(lookup->connection);
    if (!lookup->statement || mysql_stmt_prepare(lookup->statement, statement, strlen(statement)))
        fail("prepare", mysql_error(lookup->connection));
    if (mysql_stmt_param_count(lookup->statement) != 1) fail("the statement has not one bind", statement);
    unsigned count = mysql_stmt_field_count(lookup->statement);
    if (count < 1 || count > 64) fail("the statement has no columns, or too many", statement);

    lookup->key.buffer_type = MYSQL_TYPE_BLOB;
    lookup->key.buffer = lookup->digest;
    lookup->key.buffer_length = sizeof lookup->digest;
    for (unsigned column = 0; column < count; column++) {
        lookup->columns[column].buffer_type = MYSQL_TYPE_STRING;
        lookup->columns[column].buffer = lookup->values[column];
        lookup->columns[column].buffer_length = sizeof lookup->values[column];
    }
    if (mysql_stmt_bind_param(lookup->statement, &lookup->key) ||
        mysql_stmt_bind_result(lookup->statement, lookup->columns))
        fail("bind", mysql_stmt_error(lookup->statement));
}

bool lookup_find(struct lookup *lookup, const char *token, unsigned long length) {
    crypto_hash_sha256(lookup->digest, (const unsigned char *)token, length);
    if (mysql_stmt_execute(lookup->statement)) fail("execute", mysql_stmt_error(lookup->statement));
    int first = mysql_stmt_fetch(lookup->statement);
    bool found = first == 0 || first == MYSQL_DATA_TRUNCATED;
    if (found && mysql_stmt_fetch(lookup->statement) != MYSQL_NO_DATA) found = false;
    mysql_stmt_free_result(lookup->statement);
    return found;
}
