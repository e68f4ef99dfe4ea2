# shellcheck shell=bash
# The whole stack: MariaDB, service, php-fpm and nginx. `run`, `state`, `port`, `origin` and `release_binary` say where.

# A directory for one of our users, closed to the others.
# usage: own_directory PATH UID
own_directory() {
    mkdir -p "$1"
    chmod 700 "$1"
    ((EUID != 0)) || chown "$2:$2" "$1"
}

# Who connects to what, and where the database listens.
choose_users() {
    database_socket=$run/db/mariadb.sock
    if ((EUID == 0)); then
        web_user=www-data socket_group=www-data socket_gid=$(getent group www-data | cut -d: -f3)
    else
        web_user=$(id -un) socket_group='' socket_gid=-
    fi
    : >"$run/pids"
}

start_everything() {
    choose_users
    start_database
    prepare_service
    prepare_schema
    place_web_files
    start_php
    start_nginx
    start_service
}

stop_all() {
    trap '' INT TERM HUP
    stop nginx TERM 5
    stop php-fpm QUIT 3
    stop authfcgi TERM 15
    stop mariadb TERM 30
    # The directory of the sockets is removed whole; data and logs stay.
    rm -rf "$run"
}

# Whoever ends first ends all.
wait_for_an_end() {
    local status=0 name
    wait -n "${pid_of[@]}" || status=$?
    for name in "${started_names[@]}"; do
        alive "$name" || die "$name ended with status $status: see $state/log."
    done
}
