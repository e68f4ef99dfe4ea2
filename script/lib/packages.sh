# shellcheck shell=bash
# Debian packages: finds what is missing and, as root, installs it without starting any service.

# The libraries that the service links; the web server, database and PHP that `script/run` starts privately.
run_packages=(
    binutils curl libconfig-dev libcurl4-openssl-dev libfcgi-dev libidn2-dev libjansson-dev libkainjow-mustache-dev libmariadb-dev libsodium-dev libssl-dev
    libutf8proc-dev libzxcvbn-dev mariadb-client-core mariadb-server-core php-fpm pkg-config
)
# What the tests use besides.
# shellcheck disable=SC2034 # read by script/test
test_packages=(chromium chromium-driver lynx openssl procps python3 python3-aiosmtpd python3-argon2 slowhttptest)
# What the measurements use: the load generator and the peer.
# shellcheck disable=SC2034 # read by script/bench
bench_packages=(php8.2-fpm php8.2-mysql php8.2-opcache wrk)

# What makes the Debian package, and what tries it in a container.
pack_packages=(debhelper dpkg-dev jq lintian python3 systemd)
try_package_packages=(debootstrap procps systemd-container)

policy=/usr/sbin/policy-rc.d
policy_saved=/usr/sbin/policy-rc.d.before-authfcgi

# usage: missing_packages NAME... → the names that are not installed, one a line
missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] || echo "$name"
    done
    # Any flavour of nginx will do; the smallest is installed.
    command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || echo nginx-light
}

# While packages are unpacked, no service may start: Debian asks this file, and 101 means no.
forbid_services() {
    restore_services
    [[ ! -e $policy ]] || mv "$policy" "$policy_saved"
    printf '#!/bin/sh\n# authfcgi script/run\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

# Also after a run that was killed half-way: only our own file is removed.
restore_services() {
    if [[ -e $policy ]] && grep -q '^# authfcgi script/run$' "$policy"; then rm -f "$policy"; fi
    if [[ -e $policy_saved && ! -e $policy ]]; then mv "$policy_saved" "$policy"; fi
}

# usage: need_packages NAME...
need_packages() {
    command -v swift >/dev/null ||
        die 'Swift is missing. Install Swift 6.3 from https://www.swift.org/install/linux/ and put it on the PATH.'
    command -v dpkg-query >/dev/null || die 'This needs Debian 12: dpkg-query is missing.'
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    ((EUID == 0)) ||
        die "These Debian packages are missing: ${missing[*]}. Run this as root once, or install them with" \
            "'apt-get install --no-install-recommends ${missing[*]}'."
    say "installing ${missing[*]}"
    (
        trap restore_services EXIT
        trap 'exit 1' INT TERM
        forbid_services
        export DEBIAN_FRONTEND=noninteractive
        log=$(mktemp)
        logged "$log" apt-get -q update || die "The package lists could not be read: see $log and check /etc/apt."
        logged "$log" apt-get -q -y install --no-install-recommends "${missing[@]}" ||
            die "A package could not be installed: see $log, then try again."
        rm -f "$log"
    )
}
