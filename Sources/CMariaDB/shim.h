// MariaDB Connector/C: the only way to the database.
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
