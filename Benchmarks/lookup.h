/* One session looked up by its token: what a check asks the database, without the service. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <mariadb/mysql.h>
#include <stdbool.h>

struct lookup {
    MYSQL *connection;
    MYSQL_STMT *statement;
    MYSQL_BIND key, columns[64];
    unsigned char digest[32];
    char values[64][256];
};

/* Connects by unix socket as the user who runs this, and prepares the statement, whose one bind is the SHA-256 of a
 * token. Ends the process when it cannot. */
void lookup_open(struct lookup *lookup, const char *socket, const char *schema, const char *statement);

/* Whether exactly one row has the token; its columns are fetched. */
bool lookup_find(struct lookup *lookup, const char *token, unsigned long length);

#endif
