# shellcheck shell=bash
# F4: how long a check takes beside a storm of sign-ins, against the responder beside as many bare loops of hashes.

# Both sides serve the same number of requests, about 2,000 a second where nothing is slow: how long an answer takes is
# compared, not how many there are.
storm_clients=16 storm_pause=30

measure_f4() {
    say "F4: the check while $storm_clients visitors at a time sign in"
    local pause=$storm_pause
    local round slots seconds=$((warm_seconds + run_seconds + 3)) storm=$figures/storm-result
    slots=$(hash_slots)
    start_ceiling
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        bare_hashes "$slots" "$seconds" >/dev/null &
        load ceiling-beside /ceiling "$small_accounts"
        wait $! || die 'The bare loop of hashes failed.'
        visitors sign-in "$storm_clients" "$seconds" "$small_accounts" >"$storm" &
        load check-beside /members "$small_accounts"
        wait $! || die "The storm failed: see $state/log/visitors.log."
        cat "$storm" >>"$figures/storm"
        tail -qn 1 "$figures/ceiling-beside" "$figures/check-beside" | awk '{ printf "    %s %6.0f/s   p99 %6.2f ms%s\n",
            NR == 1 ? "responder beside hashes" : "check beside the storm ", $1, $3, $4 ? "   ERRORS " $4 : "" }' >&2
    done
    stop ceiling TERM 5
    row_of_tails
    note "F4: the storm came to $(awk '{ done += $3; refused += $4; failed += $5; if ($8 > longest) longest = $8 }
        END { printf "%d sign-ins, %d refusals (the slowest after %.0f ms), %d failures", done, refused, longest, failed }' \
        "$figures/storm"); beside it the check answered $(rate_text check-beside), the responder beside the hashes $(rate_text ceiling-beside)."
}

row_of_tails() {
    local ours reference quotient reached trouble subject failures
    ours=$(median check-beside 3) reference=$(median ceiling-beside 3)
    quotient=$(paired_ratio check-beside ceiling-beside 3)
    reached=$(awk -v a="$ours" -v r="$quotient" 'BEGIN { print r <= 1.5 && a <= 10 ? "yes" : "no" }')
    for subject in check-beside ceiling-beside; do
        trouble=$(complaint "$subject")
        [[ -z $trouble ]] || { reached=failed && note "F4, $subject: $trouble."; }
    done
    # Refusals belong to a storm, failures do not.
    failures=$(awk '{ failed += $5 } END { print failed + 0 }' "$figures/storm")
    ((failures == 0)) || { reached=failed && note "F4: $failures sign-ins of the storm failed."; }
    row F4 'p99 of the check beside a storm, of the responder beside as many hashes' \
        "$ours ms (±$(($(spread check-beside 3) / 2)) %)" "$reference ms (±$(($(spread ceiling-beside 3) / 2)) %)" \
        "$quotient" '<= 1.5 and <= 10 ms' "$reached"
}
