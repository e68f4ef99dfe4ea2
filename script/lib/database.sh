# shellcheck shell=bash
# The private MariaDB: a data directory of its own, a unix socket, no network.

# Where the server program is not on the PATH of ordinary users.
mariadbd=$(command -v mariadbd || echo /usr/sbin/mariadbd)

# More options for the server; the tests trade durability for time.
declare -a mariadb_options=()

start_database() {
    local data=$state/mariadb owner
    owner=$(id -un)
    if [[ ! -d $data/mysql ]]; then
        say 'creating the database'
        rm -rf "$data"
        own_directory "$data" "$database_uid"
        # A socket login for the one who runs this script, and for nobody else.
        logged "$state/log/mariadb.log" as "$database_uid" - mariadb-install-db --no-defaults --datadir="$data" \
            --auth-root-authentication-method=socket --auth-root-socket-user="$owner" --skip-test-db ||
            die "The database could not be created: see $state/log/mariadb.log."
    fi
    own_directory "$run/db" "$database_uid"
    # Everybody on the way to the socket passes; accounts decide who comes in.
    chmod 711 "$run/db"
    say 'starting MariaDB'
    start mariadb TERM "$database_uid" - "$state/log/mariadb.log" "$mariadbd" --no-defaults --datadir="$data" \
        --socket="$database_socket" --pid-file="$run/db/mariadb.pid" --skip-networking --tmpdir="$run/db" \
        --character-set-server=utf8mb4 --innodb-buffer-pool-size=64M --performance-schema=OFF --skip-log-bin \
        "${mariadb_options[@]}"
    local deadline=$((SECONDS + 60))
    until database -e 'DO 0' 2>/dev/null; do
        alive mariadb || die "MariaDB ended at once: see $state/log/mariadb.log."
        ((SECONDS < deadline)) || die "MariaDB did not answer within a minute: see $state/log/mariadb.log."
        sleep 0.1
    done
}

# The client, as the database's root.
database() { mariadb --no-defaults --socket="$database_socket" --user="$(id -un)" --batch "$@"; }
