# shellcheck shell=bash
# F9: whole requests against their bare statements, by as many processes as the pool has workers.

measure_f9() {
    say 'F9: registration and profile against their bare statements'
    local round result web slots
    web=$(pool_workers web) slots=$(hash_slots)
    start_lookup || die 'The statement that looks up a session was not found in the log of the server.'
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        result=$("$run/bin/statements" profile "$web" "$run_seconds" "$database_socket" authfcgi "$small_accounts" \
            "$check_statement") || die 'The bare statements failed: see above.'
        keep_bare bare-profile "$result"
        load profile /auth/me "$small_accounts"
        load direct /direct "$small_accounts"
        result=$("$run/bin/statements" register "$slots" "$hash_seconds" "$database_socket" authfcgi "$hash_iterations" \
            "$hash_memory" "$login_niceness") || die 'The bare statements failed: see above.'
        keep_bare bare-register "$result"
        result=$(visitors register $((slots * 2)) "$hash_seconds" "$small_accounts") ||
            die "The registrations failed: see $state/log/visitors.log."
        keep_visitors register "$result"
        tail -qn 1 "$figures"/{bare-profile,profile,direct,bare-register,register} | awk '
            BEGIN { split("bare profile,profile,responder,bare registration,registration", name, ",") }
            { printf "    %-20s %9.1f/s%s\n", name[NR], $1, $4 ? "   ERRORS " $4 : "" }' >&2
    done
    row_of_rates F9 'registrations, of bare statements with the hash' register bare-register 0.7
    row_of_rates F9 'profile read through nginx, of bare statements without it' profile bare-profile 0.7
    row_of_rates F9 'profile read, of the responder with the same statement behind the same nginx' profile direct -
    stop lookup TERM 5
    note 'F9: tokens that are refreshed do not exist yet, so their refresh is not measured.'
    note "F9: the bare registration sends $bare_register_statements statements."
}

# usage: keep_bare SUBJECT RESULT
keep_bare() {
    [[ $1 != bare-register ]] || bare_register_statements=${2##* }
    keep_hashes "$1" "$2"
}
