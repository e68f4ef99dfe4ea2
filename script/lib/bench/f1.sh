# shellcheck shell=bash
# F1: the check through auth_request, against the ceiling and against PHP-FPM.

# As many children as help the peer most, and the cheaper way to prepare.
start_best_peer() {
    local prepares children best=0 rate
    say 'looking for the best way to run the peer'
    for prepares in emulated native; do
        for children in 2 4 8 16; do
            start_peer "$children" "$prepares"
            rm -f "$figures/probe"
            run_seconds=2 load probe /peer "$small_accounts"
            stop peer TERM 5
            rate=$(median probe 1)
            printf '    %-24s %9.0f/s\n' "$children children, $prepares" "$rate" >&2
            if awk -v a="$rate" -v b="$best" 'BEGIN { exit !(a > b) }'; then
                best=$rate peer_children=$children peer_prepares=$prepares
            fi
        done
    done
    start_peer "$peer_children" "$peer_prepares"
    note "The peer ran best with $peer_children children and $peer_prepares prepares; opcache with JIT, pm = static, persistent connections."
}

measure_f1() {
    say 'F1: the check'
    local -a subjects=(nginx=/nginx ceiling=/ceiling check=/members snippets=/snippets)
    start_ceiling
    if start_lookup; then
        subjects+=(lookup=/lookup)
    else
        note 'The statement of the check was not found in the log of the server, so no responder ran it.'
    fi
    start_best_peer
    compare "${subjects[@]}" peer=/peer
    stop peer TERM 5
    stop lookup TERM 5
    stop ceiling TERM 5
    row_of_rates F1 'ceiling responder, of nginx alone (204)' ceiling nginx 0.2
    row_of_rates F1 'check, of the ceiling' check ceiling 0.85
    row_of_rates F1 'check, of PHP-FPM' check peer 1.5
    row_of_rates F1 "ceiling behind the service's nginx files, of the ceiling" snippets ceiling -
    [[ ! -e $figures/lookup ]] ||
        row_of_rates F1 "the same with the check's statement, of the ceiling" lookup ceiling -
    [[ ! -e $figures/lookup ]] ||
        row_of_rates F1 'check, of that responder' check lookup -
}
