# shellcheck shell=bash
# Runs the load, keeps what each run came to, and makes medians of it.

# How many connections the load has open, and how long it runs before and while it is counted.
connections=32 warm_seconds=1 run_seconds=5 rounds=5
# How long a visitor waits between two requests, at most, in milliseconds; on an average half of it.
pause=0
# How long an answer takes tells nothing while the host of a virtual machine serves others: how much of the processors' time
# it may keep then, in percent, and how often a figure is measured again because it kept more.
stolen_limit=3 most_repeats=20
# Directory of the figures: a file a subject, a line a run.
figures=

# The schema that the accounts of a file are in.
declare -A schema_of=()

# Remembers the sessions of a file of accounts, so that `age_sessions` finds them.
# usage: register_accounts FILE SCHEMA
register_accounts() {
    schema_of[$1]=$2
    {
        echo "CREATE DATABASE IF NOT EXISTS bench; CREATE TABLE bench.$2 (token_hash BINARY(32) PRIMARY KEY);"
        awk -F'\t' -v table="bench.$2" '{
            printf "%s(UNHEX(SHA2(\x27%s\x27, 256)))%s", NR % 500 == 1 ? "INSERT INTO " table " VALUES " : ",", $2,
                NR % 500 ? "" : ";\n" } END { if (NR % 500) print ";" }' "$1"
    } | database || die "The sessions of $1 could not be written down."
}

# Before each run the sessions were last used within the last minute, evenly, as those of a busy site: a use is noted
# once a minute, and so the notes become due evenly too, in each run as many as in the others.
# usage: age_sessions ACCOUNTS
age_sessions() {
    database -e "UPDATE ${schema_of[$1]}.sessions JOIN bench.${schema_of[$1]} USING (token_hash)
        SET last_used_at = UTC_TIMESTAMP(6) - INTERVAL FLOOR(RAND() * 6e7) MICROSECOND"
}

# The processors' time since the machine began: all of it, and what its host kept for others, in ticks.
processor_times() { awk '/^cpu / { print $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9, $9 }' /proc/stat; }

# How much the host kept since then, in percent.
# usage: stolen_since TIMES
stolen_since() {
    awk -v before="$1" -v now="$(processor_times)" 'BEGIN {
        split(before, a); split(now, b)
        printf "%.1f", (b[1] > a[1]) ? (b[2] - a[2]) / (b[1] - a[1]) * 100 : 0 }'
}

# Whether the host kept little enough, in percent.
little() { awk -v stolen="$1" -v limit="$stolen_limit" 'BEGIN { exit(stolen > limit) }'; }

# Whether the host kept little enough in the last run of each of these.
# usage: undisturbed SUBJECT...
undisturbed() { little "$(tail -qn 1 "${@/#/$figures/}" | awk '$6 > most { most = $6 } END { print most + 0 }')"; }

# Takes the last run of each of these back.
# usage: forget_last SUBJECT...
forget_last() { sed -i '$d' "${@/#/$figures/}"; }

# One run of wrk against a path; keeps rate, p50 and p99 in ms, errors, how many connections were served at a time, and the
# percentage of the processors' time that the host of a virtual machine kept for others.
# usage: load SUBJECT PATH ACCOUNTS
load() {
    local subject=$1 url=http://127.0.0.1:$port$2 accounts=$3 result times
    age_sessions "$accounts"
    local -a wrk=(wrk -t2 -c"$connections" --timeout 5s -s Benchmarks/check.lua)
    "${wrk[@]}" -d"${warm_seconds}s" "$url" -- "$accounts" "$pause" >>"$state/log/wrk.log" 2>&1 ||
        die "wrk could not be run: see $state/log/wrk.log."
    times=$(processor_times)
    result=$("${wrk[@]}" -d"${run_seconds}s" "$url" -- "$accounts" "$pause" 2>>"$state/log/wrk.log" | grep '^result ') ||
        die "wrk gave no figures: see $state/log/wrk.log."
    # A connection that nobody serves gives no latency: rate times mean latency is the number of those that are served.
    # With pauses it is not.
    awk -v paused="$pause" -v connections="$connections" -v stolen="$(stolen_since "$times")" '{
            printf "%.1f %.3f %.3f %d %.1f %s\n", $2 / $3, $5 / 1e3, $6 / 1e3, $7 + $8 + $9 + $10 + $11,
                paused ? connections : $2 / $3 * $4 / 1e6, stolen }' \
        <<<"$result" >>"$figures/$subject"
}

# Several rounds over subjects in turn, so that what else the machine does hits all of them alike.
# usage: compare SUBJECT=PATH[=ACCOUNTS]...
compare() {
    local round pair subject path accounts
    for ((round = 1; round <= rounds; round++)); do
        say "round $round of $rounds"
        for pair in "$@"; do
            IFS='=' read -r subject path accounts <<<"$pair"
            load "$subject" "$path" "${accounts:-$small_accounts}"
            awk -v subject="$subject" 'END { printf "    %-24s %9.0f/s   p99 %8.2f ms%s\n", subject, $1, $3,
                $4 ? "   ERRORS " $4 : "" }' "$figures/$subject" >&2
        done
    done
}

# The median of a column over the runs of a subject.
# usage: median SUBJECT COLUMN
median() {
    awk -v column="$2" '{ print $column }' "$figures/$1" | sort -n |
        awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# The median of the ratios of two subjects that were measured in turn: a machine that gets slower in the middle does so for
# both runs of a round.
# usage: paired_ratio OURS REFERENCE COLUMN
paired_ratio() {
    paste <(awk -v column="$3" '{ print $column }' "$figures/$1") <(awk -v column="$3" '{ print $column }' "$figures/$2") |
        awk 'NF == 2 && $2 > 0 { print $1 / $2 }' | sort -n |
        awk '{ value[NR] = $1 } END { printf "%.3f", NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

# How far the runs of a subject lie apart, in percent of the median.
# usage: spread SUBJECT COLUMN
spread() {
    local middle
    middle=$(median "$1" "$2")
    awk -v column="$2" -v middle="$middle" '
        NR == 1 || $column < least { least = $column }
        NR == 1 || $column > most { most = $column }
        END { printf "%.0f", middle ? (most - least) / middle * 100 : 0 }' "$figures/$1"
}

# What makes the figures of a subject worthless: errors, or connections that starved. Nothing when all is well.
# usage: complaint SUBJECT
complaint() {
    awk -v connections="$connections" '
        { errors += $4; if ($5 < connections / 2) starved++ }
        END {
            if (errors) printf "%d errors", errors
            if (starved) printf "%sconnections starved in %d of %d runs", errors ? ", " : "", starved, NR
        }' "$figures/$1"
}

