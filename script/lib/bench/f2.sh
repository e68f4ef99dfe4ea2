# shellcheck shell=bash
# F2: the check with a million users and sessions stored, against the same with ten thousand; and the server's plans.

large_count=1000000 large_accounts=

# A second schema and a second service beside the first; nginx finds the sockets of one or the other.
start_large() {
    say "a second schema with $large_count users"
    AUTHFCGI_DATABASE__NAME=authfcgi_large authfcgi init-db -c "$conf" | database >>"$state/log/service.log" 2>&1 ||
        die "The second schema could not be made: see $state/log/service.log."
    AUTHFCGI_DATABASE__NAME=authfcgi_large logged "$state/log/service.log" authfcgi migrate -c "$conf" ||
        die "The second schema could not be brought up to date: see $state/log/service.log."
    local began=$SECONDS all
    all=$(populate authfcgi_large "$large_count")
    note "F2: $large_count accounts were made in $((SECONDS - began)) s and take $(database -N -e "SELECT ROUND(SUM(
        data_length + index_length) / 1048576) FROM information_schema.tables WHERE table_schema = 'authfcgi_large'") MiB."
    large_accounts=$state/accounts/visiting
    shuf -n 10000 "$all" >"$large_accounts"
    register_accounts "$large_accounts" authfcgi_large
    write_back
    start_large_service
}

# What was written waits in memory and would be written to disk during the measurement.
write_back() {
    say 'waiting until the database has written everything'
    database -e 'ANALYZE TABLE authfcgi_large.users, authfcgi_large.sessions; SET GLOBAL innodb_max_dirty_pages_pct = 0' \
        >>"$state/log/mariadb.log"
    local deadline=$((SECONDS + 120)) dirty
    while ((SECONDS < deadline)); do
        dirty=$(database -N -e "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'" | cut -f 2)
        ((dirty > 100)) || break
        sleep 1
    done
    database -e 'SET GLOBAL innodb_max_dirty_pages_pct = 90'
}

start_large_service() {
    own_directory "$run/sockets-large" "$service_uid"
    chmod 711 "$run/sockets-large"
    serve_from sockets-large
    AUTHFCGI_DATABASE__NAME=authfcgi_large AUTHFCGI_PROCESSES__RUN_DIRECTORY=$run/sockets-large \
        start large TERM "$service_uid" "$socket_gid" "$state/log/service.log" "$run/authfcgi" serve -c "$conf"
    local deadline=$((SECONDS + 30))
    until curl -fsS -o "$run/ready" -m 2 "$origin/auth/readyz" 2>/dev/null; do
        alive large || die "The second service ended at once: see $state/log/service.log."
        ((SECONDS < deadline)) || die "The second service did not become ready: see $state/log/service.log."
        sleep 0.1
    done
}

measure_f2() {
    say 'F2: the check at a million users'
    start_large
    local round
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        serve_from sockets
        load check-small /members "$small_accounts"
        serve_from sockets-large
        load check-large /members "$large_accounts"
        tail -qn 1 "$figures/check-small" "$figures/check-large" | awk '{ printf "    %s %9.0f/s   p99 %8.2f ms%s\n",
            NR == 1 ? "10,000 users " : "many users   ", $1, $3, $4 ? "   ERRORS " $4 : "" }' >&2
    done
    row_of_rates F2 "check with $large_count users, of that with 10,000" check-large check-small 0.9
    measure_plans
    stop large TERM 15
    serve_from sockets
}

# The plans by which the server ran the statements of four requests, as it wrote them to its log of slow statements;
# a new worker's connection has everything written there.
measure_plans() {
    say 'the plans of the statements'
    local log=$run/db/plans.log visitor
    stop large TERM 15
    database -e "SET GLOBAL slow_query_log_file = '$log', log_slow_verbosity = 'query_plan,explain', long_query_time = 0,
        log_slow_rate_limit = 1, log_output = 'FILE', slow_query_log = ON"
    start_large_service
    visitor=$(head -n 1 "$large_accounts")
    local -a cookie=(-H "Cookie: __Host-sid=${visitor#*$'\t'}")
    ask 200 /members "${cookie[@]}"
    ask 200 /auth/sessions "${cookie[@]}"
    ask 200 /auth/login -H 'Content-Type: application/json' --data @- \
        <<<"{\"username\":\"${visitor%%$'\t'*}\",\"password\":\"$accounts_password\"}"
    database -e 'SET GLOBAL slow_query_log = OFF, long_query_time = 10'
    plans_of "$log" >"$figures/plans"
    local scans
    # Of a table with a few rows the server may read all.
    scans=$(awk -F'\t' '($4 == "ALL" || $4 == "index") && $6 + 0 > 1000' "$figures/plans" | wc -l)
    [[ -s $figures/plans ]] || { note 'F2: the server wrote no plans.' && measurement_failed=1; }
    row F2 'statements of check, sign-in and list of sessions that read a whole large table' "$scans" - - '0' \
        "$(verdict "$scans" '<=' 0)"
}

# One line a table that a statement reads: its beginning, select_type, table, type, key, rows expected.
# usage: plans_of LOG
plans_of() {
    LC_ALL=C awk '
        function flush() {
            gsub(/[^ -~]/, ".", text); gsub(/  +/, " ", text)
            for (i = 1; i <= count; i++) {
                line = substr(text, 2, 50) "\t" plan[i]
                if (!seen[line]++) print line
            }
            count = 0; text = ""
        }
        /^# (Time|User@Host):/ { if (text) flush(); next }
        /^# explain: id/ { next }
        /^# explain: / {
            sub(/^# explain: /, ""); split($0, f, "\t")
            # What reads no table, or only adds to it.
            if (f[3] !~ /^(NULL|<.*)$/ && f[2] != "INSERT") plan[++count] = f[2] "\t" f[3] "\t" f[4] "\t" f[6] "\t" f[9]
            next
        }
        /^#/ || /^SET timestamp/ || /^use / { next }
        { text = text " " $0 }
        END { flush() }' "$1"
}
