# shellcheck shell=bash
# A Debian 12 with a running systemd of its own, in memory and without a network: nothing that happens in it stays.
#
# `base` is a root from debootstrap that is only read, and made in the directory `work`; a container is that root with a
# layer of memory over it, and with the directory `packages` as /packages.

container= leader=

# Everything that apt may want inside is downloaded before, because inside there is no network.
# usage: prepare_base
prepare_base() {
    local uri suite fresh=$work/debian-12
    [[ ! -e $base || -e $base/ready ]] || die "$base is not whole: remove it, or set OUT to another directory."
    if [[ ! -e $base ]]; then
        say 'making a clean Debian 12 (some minutes, once)'
        logged "$log" debootstrap --variant=minbase --include=ca-certificates,dbus,systemd,systemd-sysv bookworm "$fresh" \
            "$(mirrors | awk '$2 == "bookworm" { print $1; exit }')" || die "debootstrap failed: see $log."
        mirrors | while read -r uri suite; do echo "deb $uri $suite main"; done >"$fresh/etc/apt/sources.list"
        # No archive is removed after it was installed.
        echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' >"$fresh/etc/apt/apt.conf.d/99keep"
        touch "$fresh/ready"
        mv "$fresh" "$base"
    fi
    say 'downloading what the container may install'
    logged "$log" in_base apt-get -q update || die "The package lists could not be read: see $log."
    logged "$log" in_base apt-get -q -y upgrade || die "The clean root could not be brought up to date: see $log."
    logged "$log" in_base sh -c 'apt-get -q -y --download-only install curl /packages/*-1.deb' ||
        die "A package could not be downloaded: see $log."
}

# The mirrors that apt uses here for Debian 12, with the suite of each.
mirrors() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(RELEASE)' | sort -u | grep -E ' bookworm(-security|-updates)?$'
}

# A command in the root itself, with the host's network and nothing running.
in_base() {
    systemd-nspawn --quiet --directory="$base" --register=no --keep-unit --as-pid2 --pipe \
        --bind-ro="$packages:/packages" --setenv=DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# usage: start_container
start_container() {
    say 'starting a container'
    systemd-nspawn --quiet --directory="$base" --volatile=overlay --register=no --keep-unit --private-network \
        --machine="authfcgi-$$" --hostname=debian --bind-ro="$packages:/packages" --console=pipe --boot >"$log.boot" 2>&1 </dev/null &
    container=$!
    local deadline=$((SECONDS + 90))
    until leader=$(pgrep -P "$container" | head -n 1) && [[ -n $leader ]] &&
        [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; do
        kill -0 "$container" 2>/dev/null || die "The container ended: see $log.boot."
        ((SECONDS < deadline)) || die "The container did not start: see $log.boot."
        sleep 0.3
    done
}

# Its mounts are in a namespace of its own and go with it.
stop_container() {
    [[ -n $container ]] || return 0
    trap '' INT TERM HUP
    kill -TERM "$container" 2>/dev/null || true
    local deadline=$((SECONDS + 40))
    while kill -0 "$container" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
    # The number of the container's first process is its own only as long as the container is there.
    if kill -0 "$container" 2>/dev/null; then
        kill -KILL "$container" ${leader:+"$leader"} 2>/dev/null || true
    fi
    wait "$container" 2>/dev/null || true
    say "the container has ended; its log is $log"
    container=
}

# A command inside, as its root.
inside() {
    nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
        env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}
