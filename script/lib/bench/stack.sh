# shellcheck shell=bash
# What is measured and what it is held against, all behind one nginx.

# Perhaps not installed yet.
php_fpm=/usr/sbin/php-fpm8.2
database_conditions='' service_conditions=''
# The file of the accounts that visit, 10,000 of them.
small_accounts=
# A password that all made-up accounts have.
accounts_password=

choose_bench_directories() {
    local parent=/tmp
    ((EUID != 0)) || parent=/run
    run=$(mktemp -d "$parent/authfcgi-bench-XXXXXX")
    # On a disk: commits are to cost what they cost.
    state=$(mktemp -d /var/tmp/authfcgi-bench-XXXXXX)
    mkdir -p "$state/log" "$run/figures" "$run/tmp" "$run/bin"
    chmod 711 "$run" "$state"
    figures=$run/figures
    choose_port
}

choose_port() {
    port=$((20000 + RANDOM % 10000))
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
    origin=http://localhost:$port
}

# usage: compile PROGRAM SOURCE… -lLIBRARY…
compile() {
    local program=$1
    shift
    (cd Benchmarks && logged "$state/log/cc.log" clang -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
        -o "$run/bin/$program" "$@") || die "Benchmarks/$program.c does not compile: see $state/log/cc.log."
}

compile_all() {
    say 'compiling the responder and the loads'
    compile responder responder.c lookup.c -lfcgi -lmariadb -lsodium
    compile visitors visitors.c http.c -lpthread
    compile hashes hashes.c http.c -lsodium
    compile statements statements.c lookup.c http.c -lmariadb -lsodium
    compile first-answer first-answer.c http.c
}

start_bench() {
    compile_all
    choose_users
    # As docs/operations.md advises: rows are found by their keys, and little else.
    mariadb_options=(--innodb-buffer-pool-size=2G --innodb-adaptive-hash-index=ON --max-connections=400)
    start_database
    database_conditions="unix socket, buffer pool 2 GiB, adaptive hash index, innodb_flush_log_at_trx_commit=$(
        database -N -e 'SELECT @@innodb_flush_log_at_trx_commit'), no binary log; 10,000 users with a session each"
    lift_limits
    prepare_service
    prepare_schema
    accounts_password=$(random_text 15)
    small_accounts=$(populate authfcgi 10000)
    register_accounts "$small_accounts" authfcgi
    place_bench_files
    start_nginx
    start_service
    service_conditions="workers: check $(pool_workers check), web $(pool_workers web), login $(pool_workers login); \
Argon2id $hash_iterations passes over $hash_memory KiB; limits lifted, else as delivered"
}

# How many passwords the service hashes at once: one worker of the pool stays free to answer.
hash_slots() {
    local workers
    workers=$(pool_workers login)
    echo $((workers > 1 ? workers - 1 : 1))
}

# usage: pool_workers POOL
pool_workers() {
    authfcgi status -c "$conf" --json | grep -o "\"pool\":\"$1\",[^{}]*\"workers\":[0-9]*\|\"workers\":[0-9]*,[^{}]*\"pool\":\"$1\"" |
        grep -o '"workers":[0-9]*' | cut -d : -f 2 | head -n 1
}

# What hashing costs, and how nice those are who hash.
hash_iterations=2 hash_memory=65536 login_niceness=10

# Made-up visitors sign in more often than people may.
lift_limits() {
    cat >"$state/extra.conf" <<CONF
passwords = { cost = { iterations = $hash_iterations; memory = $hash_memory; }; };
limits = {
$(for name in sign_in_{address,pair,account,device,network} register_{address,pair,account}; do
        echo "    $name = { burst = 10000; every = \"1s\"; };"
    done)
};
CONF
}

# Fills a database; prints the path of the file of its accounts.
# usage: populate DATABASE COUNT
populate() {
    local file=$state/accounts/$1
    own_directory "$state/accounts" "$service_uid"
    say "making $2 users with a session each"
    printf '%s\n' "$accounts_password" |
        AUTHFCGI_DATABASE__NAME=$1 authfcgi populate -c "$conf" --users "$2" --accounts "$file" --password >&2 ||
        die "The accounts could not be made: the program says why above."
    echo "$file"
}

place_bench_files() {
    place_web_files
    local target=$run/nginx name
    cp Benchmarks/peer.php "$run/www/peer.php"
    echo '<!DOCTYPE html><title>Members</title><p>Only for members.' >"$run/www/page.html"
    chmod 644 "$run"/www/p*
    # nginx looks for the sockets in a place that can be turned from one service to another.
    sed -i "s#$run/sockets/#$run/served/#" "$target/authfcgi/http.conf"
    serve_from sockets
    for name in ceiling lookup; do
        sed "s/fastcgi_pass authfcgi_check;/fastcgi_pass $name;/" "$target/authfcgi/check.conf" \
            >"$target/authfcgi/check-$name.conf"
    done
    {
        ((EUID != 0)) || echo 'user www-data;'
        sed -e "s#@RUN@#$run#g" -e "s#@LOG@#$state/log#g" -e "s#@PORT@#$port#g" Benchmarks/nginx.conf
    } >"$target/nginx.conf"
}

# usage: serve_from DIRECTORY
serve_from() { ln -sfn "$run/$1" "$run/served"; }

# usage: wait_for_page PATH WHO
wait_for_page() {
    local deadline=$((SECONDS + 10)) token
    token=$(head -n 1 "$small_accounts" | cut -f 2)
    until [[ $(curl -s -m 2 -b "__Host-sid=$token" -H 'Cookie: ' -H "Cookie: __Host-sid=$token" \
        "http://127.0.0.1:$port$1") == *'Only for members'* ]]; do
        alive "$2" || die "$2 ended: see $state/log."
        ((SECONDS < deadline)) || die "$2 does not let a visitor to $1: see $state/log."
        sleep 0.1
    done
}

# The responder that does nothing, with as many workers as the service has for the check.
start_ceiling() {
    start ceiling TERM - - "$state/log/ceiling.log" "$run/bin/responder" "$run/ceiling.sock" "$ceiling_processes"
    wait_for_page /ceiling ceiling
}

# The responder that asks the database what a check of the service asks.
start_lookup() {
    ! alive lookup || return 0
    [[ -n $check_statement ]] || read_check_statement
    [[ -n $check_statement ]] || return 1
    start lookup TERM - - "$state/log/lookup.log" "$run/bin/responder" "$run/lookup.sock" "$ceiling_processes" \
        "$database_socket" authfcgi "$check_statement"
    wait_for_page /lookup lookup
}

# The statement of the check as a fresh worker prepares it when it has seen the triggers, which it looks for with the first note
# of a use; found in the server's log.
check_statement=
read_check_statement() {
    local log=$run/db/general.log
    database -e "SET GLOBAL log_output = 'FILE', general_log_file = '$log', general_log = ON"
    stop authfcgi TERM 15
    start_service
    database -e 'UPDATE authfcgi.sessions SET last_used_at = last_used_at - INTERVAL 2 MINUTE'
    local look
    for ((look = 0; look < 30; look++)); do
        wait_for_page /members authfcgi
        sleep 0.1
    done
    database -e 'SET GLOBAL general_log = OFF'
    # An entry is a number of a connection, a command, and a text that may go on for some lines.
    check_statement=$(awk '/^[0-9: ]*\t+ *[0-9]+ [A-Z]/ {
            if (!found && text ~ /identity_role +FROM sessions WHERE/) found = text
            text = ""
            if ($0 ~ /[0-9] Prepare\t/) { text = $0; sub(/^.*Prepare\t/, "", text) }
            next
        }
        text { text = text " " $0 }
        END { print found }' "$log" | tr -s ' ')
}

# The peer with so many processes; it may read the two tables and note a use.
# usage: start_peer CHILDREN emulated|native
start_peer() {
    if [[ -z ${peer_password-} ]]; then
        peer_password=$(random_text 24)
        # By standard input: arguments can be read by others.
        database <<SQL
CREATE USER bench_peer@localhost IDENTIFIED BY '$peer_password';
GRANT SELECT ON authfcgi.users TO bench_peer@localhost;
GRANT SELECT, UPDATE (last_used_at, idle_until) ON authfcgi.sessions TO bench_peer@localhost;
SQL
    fi
    local user=';'
    ((EUID != 0)) || user="user = $php_uid"$'\\\n'"group = $php_uid"
    (umask 077 && sed -e "s#@RUN@#$run#g" -e "s#@LOG@#$state/log#g" -e "s#@CHILDREN@#$1#" -e "s#@PREPARES@#$2#" \
        -e "s#@DATABASE@#$database_socket#" -e "s#@PASSWORD@#$peer_password#" -e "s#@USER@#$user#" \
        Benchmarks/php-fpm.conf >"$run/php-fpm.conf")
    start peer QUIT - - "$state/log/peer.log" "$php_fpm" --fpm-config "$run/php-fpm.conf" \
        -d opcache.enable=1 -d opcache.validate_timestamps=0 -d opcache.jit=tracing -d opcache.jit_buffer_size=32M
    wait_for_page /peer peer
}

stop_bench() {
    trap '' INT TERM HUP
    local index
    for ((index = ${#started_names[@]} - 1; index >= 0; index--)); do stop "${started_names[index]}" TERM 20; done
    rm -rf "$run"
}
