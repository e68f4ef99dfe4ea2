# shellcheck shell=bash
# Starts processes that cannot outlive this shell, watches them, and ends them in order.

# Numbers of users that have no account: nothing else on the machine runs under them, and none is created.
database_uid=64111
service_uid=64112
php_uid=64113

declare -a started_names=()
declare -A pid_of=()

# Runs a command as one of these users when we are root, else as ourselves. EXTRA are supplementary groups.
# usage: as UID EXTRA_GROUP|- COMMAND...
as() {
    local uid=$1 group=$2
    shift 2
    if ((EUID != 0)); then
        "$@"
    elif [[ $group == - ]]; then
        setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs -- "$@"
    else
        setpriv --reuid "$uid" --regid "$uid" --groups "$group" --no-new-privs -- "$@"
    fi
}

# Starts a process in a session of its own (so that Ctrl-C reaches only this shell, which then ends all in order); the
# kernel sends it the signal when this shell dies, however it dies.
# usage: start NAME SIGNAL UID|- EXTRA_GROUP|- LOGFILE COMMAND...
start() {
    local name=$1 signal=$2 uid=$3 group=$4 log=$5
    shift 5
    local -a rights=()
    if ((EUID == 0)) && [[ $uid != - ]]; then
        rights=(--reuid "$uid" --regid "$uid" --no-new-privs)
        if [[ $group == - ]]; then rights+=(--clear-groups); else rights+=(--groups "$group"); fi
    fi
    setsid setpriv "${rights[@]}" --pdeathsig "$signal" -- "$@" >>"$log" 2>&1 </dev/null 9>&- &
    pid_of[$name]=$!
    started_names+=("$name")
    echo "${pid_of[$name]} $(started_at "${pid_of[$name]}") $name" >>"$run/pids"
}

# When a process started, in clock ticks: with the pid it names a process for good.
started_at() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # shellcheck disable=SC2086 # the fields behind the name, which may hold spaces
    set -- ${stat##*) }
    echo "${20}"
}

alive() { [[ -n ${pid_of[$1]-} ]] && kill -0 "${pid_of[$1]}" 2>/dev/null; }

# usage: stop NAME SIGNAL SECONDS
stop() {
    local name=$1 signal=$2 deadline=$((SECONDS + $3))
    alive "$name" || return 0
    kill "-$signal" "${pid_of[$name]}" 2>/dev/null || true
    while alive "$name" && ((SECONDS < deadline)); do sleep 0.05; done
    if alive "$name"; then
        say "$name did not end in $3 seconds and is killed"
        kill -KILL "${pid_of[$name]}" 2>/dev/null || true
    fi
    wait "${pid_of[$name]}" 2>/dev/null || true
    unset "pid_of[$name]"
}

# After a run that was killed, its processes end by themselves; those that do not are ended here.
clear_leftovers() {
    [[ -s $run/pids ]] || return 0
    local pid ticks name deadline=$((SECONDS + 10))
    while read -r pid ticks name; do
        while [[ -n $ticks && $(started_at "$pid") == "$ticks" ]]; do
            if ((SECONDS >= deadline)); then
                say "ending $name of an earlier run"
                kill -KILL "$pid" 2>/dev/null || true
            fi
            sleep 0.1
        done
    done <"$run/pids"
}
