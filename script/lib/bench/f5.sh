# shellcheck shell=bash
# F5: the memory of idle workers.

# Anonymous memory and proportional share of a process in MiB.
# usage: memory_of PID
memory_of() {
    awk '/^Pss:/ { pss = $2 } /^Anonymous:/ { own = $2 } END { printf "%.2f %.2f\n", own / 1024, pss / 1024 }' \
        "/proc/$1/smaps_rollup"
}

# usage: pids_of POOL
pids_of() {
    authfcgi status -c "$conf" --json | grep -o '{[^{}]*"pid":[0-9]*[^{}]*}' | grep "\"pool\":\"$1\"" |
        grep -o '"pid":[0-9]*' | cut -d : -f 2
}

# Has every worker of a pool serve once, so that what it sets up and keeps is counted.
# usage: until_all_have_served POOL COMMAND…
until_all_have_served() {
    local pool=$1
    shift
    for _ in {1..30}; do
        "$@" >>"$state/log/warming.log" 2>&1 || die "F5: the pool $pool could not be asked: see $state/log/warming.log."
        authfcgi status -c "$conf" --json | grep -o '{[^{}]*"pid":[0-9]*[^{}]*}' | grep "\"pool\":\"$pool\"" |
            grep -q '"served":0,' || return 0
    done
    die "F5: a worker of $pool has served nobody."
}

# Pages at once, so that one worker does not answer them all.
many_pages() { seq 200 | xargs -P 8 -I{} curl -fsS -o /dev/null -m 5 "$origin/auth/login?{}"; }

many_sign_ins() { visitors sign-in $(($(hash_slots) + 2)) 2 "$small_accounts"; }

measure_f5() {
    say 'F5: the memory of idle workers'
    local before pool pid
    before=$(pool_workers check)
    authfcgi scale check 8 -c "$conf" >>"$state/log/service.log" || die 'The pool could not be scaled to 8 workers.'
    run_seconds=1 until_all_have_served check load warming /members "$small_accounts"
    until_all_have_served web many_pages
    until_all_have_served login many_sign_ins
    sleep 2
    for pool in check web login; do
        for pid in $(pids_of "$pool"); do memory_of "$pid" >>"$figures/memory-$pool"; done
        cat "$figures/memory-$pool" >>"$figures/memory"
    done
    authfcgi scale check "$before" -c "$conf" >>"$state/log/service.log"
    (($(wc -l <"$figures/memory-check") == 8)) || die 'There are not 8 workers of the check.'
    local own pss
    own=$(most memory 1) pss=$(most memory 2)
    row F5 'anonymous memory of an idle worker, the largest of all pools' "$own MiB" - - '<= 6 MiB' "$(verdict "$own" '<=' 6)"
    row F5 'proportional share (Pss), the largest of all pools' "$pss MiB" - - '<= 12 MiB' "$(verdict "$pss" '<=' 12)"
    for pool in check web login; do
        note "F5: $(wc -l <"$figures/memory-$pool") workers of $pool, each of which has served, have at most $(most "memory-$pool" 1) MiB anonymous and $(most "memory-$pool" 2) MiB Pss."
    done
}

# usage: most SUBJECT COLUMN
most() { awk -v column="$2" '$column > most { most = $column } END { print most + 0 }' "$figures/$1"; }
