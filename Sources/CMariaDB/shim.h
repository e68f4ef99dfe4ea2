// MariaDB Connector/C: the only way to the database.
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>
// For waits in milliseconds: the options of mysql.h know whole seconds only.
#include <ma_pvio.h>
