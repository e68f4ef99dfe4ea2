# shellcheck shell=bash
# F6: from the start of the program to its first answer, with the database up and the schema current.

measure_f6() {
    say 'F6: start to first answer'
    local round repeats=0 result times token
    local -a command=("$run/authfcgi" serve -c "$conf")
    if ((EUID == 0)); then
        command=(setpriv --reuid "$service_uid" --regid "$service_uid" --groups "$socket_gid" --no-new-privs -- "${command[@]}")
    fi
    token=$(head -n 1 "$small_accounts" | cut -f 2)
    stop authfcgi TERM 15
    for ((round = 0; round < rounds * 2; )); do
        times=$(processor_times)
        result=$("$run/bin/first-answer" "$port" /members "__Host-sid=$token" "${command[@]}" 2>>"$state/log/service.log") ||
            die "The service gave no first answer: see $state/log/service.log."
        echo "${result#result }" >>"$figures/start"
        if ((repeats < most_repeats)) && ! little "$(stolen_since "$times")"; then
            forget_last start
            repeats=$((repeats + 1))
            continue
        fi
        round=$((round + 1))
    done
    note_repeats F6 "$repeats"
    start_service
    local taken
    taken=$(median start 1)
    row F6 'start to first answer, a check through nginx' "$taken ms (±$(($(spread start 1) / 2)) %)" - - '<= 150 ms' \
        "$(verdict "$taken" '<=' 150)"
}
