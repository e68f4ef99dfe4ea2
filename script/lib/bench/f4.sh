# shellcheck shell=bash
# F4: how long a check takes beside a storm of sign-ins, against the responder beside as many bare loops of hashes.

# Both sides serve the same number of requests, about 2,000 a second where nothing is slow: how long an answer takes is
# compared, not how many there are.
storm_clients=16 storm_pause=30
# The hundredth part that takes longest differs more from round to round than a rate does.
storm_rounds=11

# Loops of hashes in a session of their own that is nice as a whole, like each of the service's workers that hash: where the
# kernel groups processes by session, niceness counts within one only (sched(7)).
# usage: grouped_hashes PROCESSES SECONDS
grouped_hashes() {
    # shellcheck disable=SC2016 # the other shell expands it
    setsid bash -c 'until echo "$1" >/proc/self/autogroup || [[ ! -w /proc/self/autogroup ]]; do sleep 0.1; done
        shift; exec "$@"' bash "$login_niceness" \
        "$run/bin/hashes" "$1" "$2" "$hash_iterations" "$hash_memory" "$login_niceness" 2>/dev/null
}

measure_f4() {
    say "F4: the check while $storm_clients visitors at a time sign in"
    local pause=$storm_pause
    local round rounds=$storm_rounds repeats=0 slots seconds=$((warm_seconds + run_seconds + 3)) storm=$figures/storm-result
    local -a subjects=(ceiling-beside check-beside ceiling-beside-grouped)
    ((!quick)) || rounds=3
    slots=$(hash_slots)
    start_ceiling
    for ((round = 1; round <= rounds; )); do
        say "round $round of $rounds"
        bare_hashes "$slots" "$seconds" >/dev/null &
        load ceiling-beside /ceiling "$small_accounts"
        wait $! || die 'The bare loop of hashes failed.'
        visitors sign-in "$storm_clients" "$seconds" "$small_accounts" >"$storm" &
        load check-beside /members "$small_accounts"
        wait $! || die "The storm failed: see $state/log/visitors.log."
        grouped_hashes "$slots" "$seconds" >/dev/null &
        load ceiling-beside-grouped /ceiling "$small_accounts"
        wait $! || die 'The bare loop of hashes in a session of its own failed.'
        tail -qn 1 "${subjects[@]/#/$figures/}" | awk '
            BEGIN { split("responder beside hashes,check beside the storm,responder beside hashes of a nice session", name, ",") }
            { printf "    %-46s %6.0f/s   p99 %6.2f ms%s\n", name[NR], $1, $3, $4 ? "   ERRORS " $4 : "" }' >&2
        if ((repeats < most_repeats)) && ! undisturbed "${subjects[@]}"; then
            say "the host kept more than $stolen_limit % of the processors' time: once more"
            forget_last "${subjects[@]}"
            repeats=$((repeats + 1))
            continue
        fi
        cat "$storm" >>"$figures/storm"
        round=$((round + 1))
    done
    note_repeats F4 "$repeats"
    stop ceiling TERM 5
    row_of_tails
    row F4 'the same, of the responder beside hashes in a nice session of their own' "$(tail_text check-beside)" \
        "$(tail_text ceiling-beside-grouped)" "$(paired_ratio check-beside ceiling-beside-grouped 3)" - -
    note "F4: the storm came to $(awk '{ done += $3; refused += $4; failed += $5; if ($8 > longest) longest = $8 }
        END { printf "%d sign-ins, %d refusals (the slowest after %.0f ms), %d failures", done, refused, longest, failed }' \
        "$figures/storm"); beside it the check answered $(rate_text check-beside), the responder beside the hashes $(rate_text ceiling-beside)."
}

# usage: tail_text SUBJECT → the median of its p99 and the spread
tail_text() { echo "$(median "$1" 3) ms (±$(($(spread "$1" 3) / 2)) %)"; }

row_of_tails() {
    local ours quotient reached trouble subject failures
    ours=$(median check-beside 3)
    quotient=$(paired_ratio check-beside ceiling-beside 3)
    reached=$(awk -v a="$ours" -v r="$quotient" 'BEGIN { print r <= 1.5 && a <= 10 ? "yes" : "no" }')
    for subject in check-beside ceiling-beside ceiling-beside-grouped; do
        trouble=$(complaint "$subject")
        [[ -z $trouble ]] || { reached=failed && note "F4, $subject: $trouble."; }
    done
    # Refusals belong to a storm, failures do not.
    failures=$(awk '{ failed += $5 } END { print failed + 0 }' "$figures/storm")
    ((failures == 0)) || { reached=failed && note "F4: $failures sign-ins of the storm failed."; }
    row F4 'p99 of the check beside a storm, of the responder beside as many hashes' \
        "$(tail_text check-beside)" "$(tail_text ceiling-beside)" "$quotient" '<= 1.5 and <= 10 ms' "$reached"
}
