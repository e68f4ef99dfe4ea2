-- The database and its three accounts. Run by the database's root before the first migration; can be run again.
--
-- {database}, {application}, {migrator}, {owner} and the passwords are filled in by `authfcgi init-db`.
-- What the application and the owner may do with single tables stands in the migrations.

CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The service: no DDL, no row of a password.
CREATE USER IF NOT EXISTS {application} IDENTIFIED BY {application_password};
ALTER USER {application} IDENTIFIED BY {application_password};

-- `authfcgi migrate` and the operator's commands: everything in this schema, nothing outside of it.
CREATE USER IF NOT EXISTS {migrator} IDENTIFIED BY {migrator_password};
ALTER USER {migrator} IDENTIFIED BY {migrator_password};
GRANT ALL PRIVILEGES ON {database}.* TO {migrator} WITH GRANT OPTION;

-- The owner of the password rows: nobody signs in as it, its routines act for it.
CREATE USER IF NOT EXISTS {owner} IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
ALTER USER {owner} ACCOUNT LOCK;
