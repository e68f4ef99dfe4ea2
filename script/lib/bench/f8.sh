# shellcheck shell=bash
# F8: what a request sends to the database, by the server's own counters.

# Statements that clients sent (those inside of stored routines do not count, preparing does not either), and how often
# the redo log was written: where every commit is durable, each of them writes it once.
counters() {
    database -N -e "SHOW GLOBAL STATUS WHERE Variable_name IN
        ('Questions', 'Com_commit', 'Com_stmt_prepare', 'Innodb_log_writes')" | sort
}

# One line a request: how much each counter has grown.
# usage: count_statements SUBJECT COMMAND...
count_statements() {
    local subject=$1 round before after
    shift
    # Every worker of the pool has prepared its statements.
    for ((round = 0; round < 8; round++)); do "$@"; done
    for ((round = 0; round < 21; round++)); do
        before=$(counters)
        "$@"
        after=$(counters)
        paste <(echo "$before") <(echo "$after") | awk '{ printf "%s=%d ", $1, $4 - $2 } END { print "" }' >>"$figures/statements-$subject"
    done
}

# The median growth of a counter, less what looking at the counters costs by itself.
# usage: counted SUBJECT COUNTER
counted() { echo $(($(grown "$1" "$2") - $(grown nothing "$2"))); }

# usage: grown SUBJECT COUNTER
grown() {
    grep -o "\b$2=[0-9]*" "$figures/statements-$1" | cut -d = -f 2 | sort -n |
        awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] + 0 }'
}

# One request from a fresh address; ends the measurement when the answer is not the expected one.
# usage: ask STATUS PATH CURL_ARGUMENT...
ask() {
    local wanted=$1 path=$2 status
    shift 2
    asked=$((asked + 1))
    status=$(curl -s -o "$run/answer" -w '%{http_code}' -m 10 --interface "127.2.$((asked / 250)).$((asked % 250 + 1))" "$@" \
        "http://127.0.0.1:$port$path")
    [[ $status == "$wanted" ]] || die "$path answered $status instead of $wanted: $(head -c 300 "$run/answer")"
}
asked=0

# The accounts are taken from the end of the file, far from those of the other measurements.
account() { tail -n "$((asked + 1))" "$small_accounts" | head -n 1 | cut -f "$1"; }

ask_check() { ask 200 /members -H "Cookie: __Host-sid=$(account 2)"; }
ask_profile() { ask 200 /auth/me -H "Cookie: __Host-sid=$(account 2)"; }
ask_sign_in() {
    ask 200 /auth/login -H 'Content-Type: application/json' --data @- \
        <<<"{\"username\":\"$(account 1)\",\"password\":\"$accounts_password\"}"
}
# Somebody who signs in where he has done so before.
ask_sign_in_again() {
    ask 200 /auth/login --interface 127.3.0.1 -H 'Content-Type: application/json' --data @- \
        <<<"{\"username\":\"$(head -n 1 "$small_accounts" | cut -f 1)\",\"password\":\"$accounts_password\"}"
}
ask_register() {
    ask 201 /auth/register -H 'Content-Type: application/json' --data @- \
        <<<"{\"username\":\"single-$asked\",\"email\":\"single-$asked@example.com\",\"password\":\"$accounts_password\"}"
}

measure_f8() {
    say 'F8: statements of a request'
    # The note of a use comes once a minute; these have been used just now.
    database authfcgi -e 'UPDATE sessions SET last_used_at = UTC_TIMESTAMP(6)'
    count_statements nothing true
    count_statements check ask_check
    count_statements profile ask_profile
    count_statements sign-in ask_sign_in
    count_statements sign-in-again ask_sign_in_again
    count_statements register ask_register
    row_of_statements 'a check' check 1
    row_of_statements 'a sign-in' sign-in-again 9
    row_of_statements 'a sign-in from a new address' sign-in -
    row_of_statements 'a registration' register 10
    row_of_statements 'reading the profile' profile -
    local commits
    commits=$(counted sign-in Innodb_log_writes)
    row F8 'durable commits of a sign-in' "$commits" - - '<= 1' "$(verdict "$commits" '<=' 1)"
}

# usage: row_of_statements WHAT SUBJECT MOST|-
row_of_statements() {
    local count limit=- reached=-
    count=$(counted "$2" Questions)
    [[ $3 == - ]] || { limit="<= $3" && reached=$(verdict "$count" '<=' "$3"); }
    row F8 "statements of $1, BEGIN and COMMIT counted" "$count" - - "$limit" "$reached"
}
