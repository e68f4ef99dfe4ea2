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

measure_f5() {
    say 'F5: the memory of idle workers'
    local before pool pid
    before=$(pool_workers check)
    authfcgi scale check 8 -c "$conf" >>"$state/log/service.log" || die 'The pool could not be scaled to 8 workers.'
    # Every worker has served, so that what it sets up once is counted.
    run_seconds=1 load warming /members "$small_accounts"
    sleep 2
    for pool in check web login; do
        for pid in $(pids_of "$pool"); do memory_of "$pid" >>"$figures/memory-$pool"; done
    done
    authfcgi scale check "$before" -c "$conf" >>"$state/log/service.log"
    (($(wc -l <"$figures/memory-check") == 8)) || die 'There are not 8 workers of the check.'
    local own pss
    own=$(most memory-check 1) pss=$(most memory-check 2)
    row F5 'anonymous memory of an idle worker, the largest of 8' "$own MiB" - - '<= 6 MiB' "$(verdict "$own" '<=' 6)"
    row F5 'proportional share (Pss), the largest of 8' "$pss MiB" - - '<= 12 MiB' "$(verdict "$pss" '<=' 12)"
    note "F5: idle workers of web have at most $(most memory-web 1) MiB anonymous and $(most memory-web 2) MiB Pss, those of login $(most memory-login 1) and $(most memory-login 2)."
}

# usage: most SUBJECT COLUMN
most() { awk -v column="$2" '$column > most { most = $column } END { print most + 0 }' "$figures/$1"; }
