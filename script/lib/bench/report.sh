# shellcheck shell=bash
# The table at the end, and the conditions it holds under.

# One row. REACHED is yes, no, failed, or - where nothing is asked.
# usage: row ID WHAT FIGURE REFERENCE RATIO TARGET REACHED
row() {
    local IFS='|'
    echo "$*" >>"$figures/table"
    [[ ${*: -1} != failed ]] || measurement_failed=1
}

# A sentence below the table.
note() { echo "$*" >>"$figures/notes"; }

# usage: note_repeats ID COUNT
note_repeats() {
    (($2 == 0)) || note "$1: measured again $2 times, because the host of this machine kept more than $stolen_limit % of the \
processors' time for others$( (($2 < most_repeats)) || echo '; after that, what came counts')."
}

# usage: verdict VALUE '>='|'<=' LIMIT
verdict() { awk -v a="$1" -v b="$3" -v sign="$2" 'BEGIN { print (sign == ">=" ? a >= b : a <= b) ? "yes" : "no" }'; }

# A row of two rates that were measured in turn.
# usage: row_of_rates ID WHAT OURS REFERENCE LEAST|-
row_of_rates() {
    local id=$1 what=$2 ours=$3 reference=$4 least=$5 quotient trouble reached=- subject
    quotient=$(paired_ratio "$ours" "$reference" 1)
    [[ $least == - ]] || reached=$(verdict "$quotient" '>=' "$least")
    for subject in "$ours" "$reference"; do
        trouble=$(complaint "$subject")
        [[ -z $trouble ]] || { reached=failed && note "$id, $subject: $trouble."; }
    done
    [[ $least == - ]] || least=">= $least"
    row "$id" "$what" "$(rate_text "$ours")" "$(rate_text "$reference")" "$quotient" "$least" "$reached"
}

# usage: rate_text SUBJECT → median and spread
rate_text() { printf '%.0f/s (±%.0f %%)' "$(median "$1" 1)" "$(awk -v s="$(spread "$1" 1)" 'BEGIN { print s / 2 }')"; }

conditions() {
    local dirty=''
    git diff --quiet HEAD 2>/dev/null || dirty=' with changes'
    cat <<TEXT
commit      $(git rev-parse --short HEAD 2>/dev/null || echo unknown)$dirty${SERVICE_BINARY:+, a binary that was given}, $(date -u '+%Y-%m-%d %H:%M') UTC
machine     $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r)
load        $load_at_start at start (1, 5, 15 minutes); load generator, nginx, database and service share the cores
stolen      $(stolen_since "$times_at_start") % of the processors' time, which the host of a virtual machine kept for others
versions    $("$run/authfcgi" --version), $(nginx_version), $("$mariadbd" --version | sed 's/.*Ver \([^ ]*\).*/MariaDB \1/'), $(dpkg-query -W -f 'wrk ${Version}, ' wrk)$(php_version)
database    $database_conditions
service     $service_conditions
runs        $rounds rounds (F4 $( ((quick)) && echo "$rounds" || echo "$storm_rounds")) of $run_seconds s after $warm_seconds s of warming up, $connections connections; medians, and half of what lies between least and most
TEXT
}

nginx_version() { "$(command -v nginx || echo /usr/sbin/nginx)" -v 2>&1 | sed 's#.*: ##; s#/# #'; }

php_version() { "$php_fpm" -v | sed -n '1s/PHP \([^ ]*\).*/PHP \1/p'; }

# The plans that F2 found, when it was measured.
print_plans() {
    [[ -s $figures/plans ]] || return 0
    ((!markdown)) || echo '```'
    { printf 'statement\ttype\ttable\taccess\tkey\trows\n' && cat "$figures/plans"; } | column -ts $'\t'
    ((!markdown)) || echo '```'
    echo
}

print_report() {
    local head='id|what|ours|reference|ratio|target|reached'
    echo
    if ((markdown)); then
        { echo "$head" && echo '---|---|---|---|---|---|---' && cat "$figures/table"; } | sed 's/|/ | /g; s/^/| /; s/$/ |/'
        echo
        [[ ! -s $figures/notes ]] || { sed 's/^/- /' "$figures/notes" && echo; }
        print_plans
        conditions | sed 's/^\([a-z]*\)  */- \1: /'
    else
        { echo "$head" && cat "$figures/table"; } | awk -F'|' '
            { lines[NR] = $0; for (i = 1; i <= NF; i++) if (length($i) > width[i]) width[i] = length($i) }
            END {
                for (n = 1; n <= NR; n++) {
                    count = split(lines[n], cell, "|"); text = ""
                    for (i = 1; i <= count; i++) text = text sprintf("%-" (width[i] + 2) "s", cell[i])
                    sub(/ +$/, "", text); print text
                }
            }'
        echo
        [[ ! -s $figures/notes ]] || { cat "$figures/notes" && echo; }
        print_plans
        conditions
    fi
}
