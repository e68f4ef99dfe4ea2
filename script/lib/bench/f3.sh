# shellcheck shell=bash
# F3: sign-ins a second, against the bare Argon2id loop of the same cost, niceness and number of processes.

# How long hashing is counted: a hash takes a tenth of a second.
hash_seconds=10

# usage: bare_hashes PROCESSES SECONDS
bare_hashes() { "$run/bin/hashes" "$1" "$2" "$hash_iterations" "$hash_memory" "$login_niceness"; }

# Sign-ins or registrations, so many at a time; prints what Benchmarks/visitors.c prints.
# usage: visitors sign-in|register CLIENTS SECONDS ACCOUNTS
visitors() {
    "$run/bin/visitors" "$1" "$port" "$2" "$3" "$4" <<<"$accounts_password" 2>>"$state/log/visitors.log"
}

# Keeps what visitors came to as `load` keeps it; a refusal is an error where all should be let in.
# usage: keep_visitors SUBJECT RESULT
keep_visitors() {
    awk -v connections="$connections" '{ printf "%.2f %.1f %.1f %d %d\n", $3 / $2, $6, $7, $4 + $5, connections }' \
        <<<"$2" >>"$figures/$1"
}

# usage: keep_hashes SUBJECT RESULT
keep_hashes() { awk -v connections="$connections" '{ printf "%.2f 0 0 0 %d\n", $3 / $2, connections }' <<<"$2" >>"$figures/$1"; }

# usage: scale_login WORKERS
scale_login() {
    authfcgi scale -c "$conf" login "$1" >/dev/null || die "The pool login could not be scaled to $1 workers."
    sleep 1
}

measure_f3() {
    say "F3: sign-ins, Argon2id with $hash_iterations passes over $hash_memory KiB"
    local round result slots workers
    # One hash more at once than processors: while one waits for its commit, none of them has nothing to do.
    workers=$(pool_workers login)
    scale_login $(($(nproc) + 2))
    slots=$(hash_slots)
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        result=$(bare_hashes "$slots" "$hash_seconds") || die 'The bare loop of hashes failed.'
        keep_hashes hashes "$result"
        result=$(visitors sign-in $((slots + 1)) "$hash_seconds" "$small_accounts") ||
            die "The sign-ins failed: see $state/log/visitors.log."
        keep_visitors sign-in "$result"
        tail -qn 1 "$figures/hashes" "$figures/sign-in" | awk '{ printf "    %s %6.2f/s%s\n",
            NR == 1 ? "bare hashes" : "sign-ins   ", $1, $4 ? "   ERRORS " $4 : "" }' >&2
    done
    scale_login "$workers"
    row_of_rates F3 "sign-ins, of the bare Argon2id loop ($slots processes, nice $login_niceness)" sign-in hashes 0.95
    note "F3: $((slots + 1)) visitors at a time, each sign-in another user from another address; p50 $(median sign-in 2) ms, p99 $(median sign-in 3) ms."
}
