# shellcheck shell=bash
# What every script says and how it ends. Source it first: it goes to the top of the clone.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
umask 022

say() { printf '==> %s\n' "$*" >&2; }

# A sentence that tells what to do, then the end.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# Runs a command quietly into a log file; shows the end of the log only when it fails.
# usage: logged LOGFILE COMMAND...
logged() {
    local log=$1
    shift
    "$@" >>"$log" 2>&1 && return
    tail -n 25 "$log" >&2
    return 1
}
