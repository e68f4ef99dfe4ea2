# shellcheck shell=bash
# How the Debian package comes about: a reproducible binary, a tree laid out for debhelper, and a look at the result.

# The one place where the version stands.
version_of_program() {
    local version
    version=$(sed -n 's/^ *static let text = "\([0-9.]*\)"$/\1/p' Sources/AuthFCGI/AuthFCGI.swift)
    [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die 'Sources/AuthFCGI/AuthFCGI.swift has no version.'
    echo "$version"
}

# Paths of the clone do not get into the binary: neither by debug information nor by #filePath.
build_for_package() {
    [[ -z ${SERVICE_BINARY-} ]] || return 0
    say 'fetching the pinned packages'
    swift package --scratch-path .build-package resolve >&2
    check_pins
    say 'building the binary for the package (some minutes)'
    # Everything is there now, so the build gets no network, where the kernel lets us take it away.
    local -a alone=()
    if unshare -rn true 2>/dev/null; then
        alone=(unshare -rn)
    elif [[ -n ${CI-} ]]; then
        die 'The network cannot be taken away from the build here (unshare -rn), and in CI it must be.'
    else
        say 'NOTE: the network could not be taken away from this build (unshare -rn): it may have fetched something'
    fi
    setpriv --pdeathsig TERM -- "${alone[@]}" swift build -c release --static-swift-stdlib --product authfcgi \
        --scratch-path .build-package --skip-update --only-use-versions-from-resolved-file \
        -Xswiftc -file-prefix-map -Xswiftc "$PWD=/usr/src/authfcgi" -Xcc "-ffile-prefix-map=$PWD=/usr/src/authfcgi" \
        -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now >&2 &
    wait $! || die 'The build failed: the compiler says why above.'
    release_binary=.build-package/release/authfcgi
}

# A tag can be moved, a revision cannot.
check_pins() {
    local found
    found=$(jq -r '.pins[] | "\(.identity) \(.state.version) \(.state.revision)"' Package.resolved | sort)
    [[ $found == "$(grep -v '^#' packaging/pins | sort)" ]] ||
        die "The packages fetched are not those of packaging/pins: ${found//$'\n'/, }"
}

# TREE does not exist yet.
# usage: lay_out TREE
lay_out() {
    local tree=$1
    mkdir -p "$tree"/{bin,nginx/shared,examples,manual,completions,packaging}
    cp "$release_binary" "$tree/bin/authfcgi"
    cp -R packaging/debian "$tree/debian"
    cp -R packaging/debian packaging/systemd "$tree/packaging/"
    cp -R README.md SECURITY.md CHANGELOG.md docs sql "$tree/"
    cp -R examples/site examples/php "$tree/examples/"
    cp packaging/authfcgi.conf "$tree/examples/authfcgi.conf"
    cp nginx/example.conf "$tree/examples/nginx.conf"
    cp nginx/* "$tree/nginx/shared/"
    rm "$tree/nginx/shared/example.conf"
    # What a site decides for itself.
    mv "$tree"/nginx/shared/{headers,compat}.conf "$tree/nginx/"
    "$tree/bin/authfcgi" reference manual >"$tree/manual/authfcgi.8"
    "$tree/bin/authfcgi" reference manual-settings >"$tree/manual/authfcgi.conf.5"
    "$tree/bin/authfcgi" --generate-completion-script bash | sed 1d >"$tree/completions/authfcgi"
    python3 script/lib/bill_of_materials.py "$tree/bin/authfcgi" "$version" >"$tree/authfcgi.cdx.json"
    needed_libraries >"$tree/debian/needed-libraries"
    cat >"$tree/debian/changelog" <<CHANGES
authfcgi ($version) bookworm; urgency=medium

  * Version $version; /usr/share/doc/authfcgi/changelog.gz tells what is new.

 -- AuthFCGI <authfcgi@example.org>  $(date -uRd "@$SOURCE_DATE_EPOCH")
CHANGES
}

# The versions that the program insists on when it starts (`authfcgi check`) are dependencies of the package too.
needed_libraries() {
    dpkg-query -W -f '${Package} (>= ${source:Upstream-Version}), ' libsodium23 libssl3
    dpkg-query -W -f '${Package} (>= ${Version})\n' libmariadb3 | sed 's/-[^-]*)$/)/'
}

# The package comes to lie beside the tree.
# usage: pack TREE
pack() {
    say 'packing'
    (cd "$1" && logged "$out/package.log" dpkg-buildpackage --build=binary --no-sign --no-check-builddeps) ||
        die "The package could not be made: see $out/package.log."
}

# CONTENTS does not exist yet.
# usage: judge PACKAGE CONTENTS
judge() {
    local package=$1 contents=$2
    dpkg-deb -x "$package" "$contents"
    check_hardening "$contents/usr/bin/authfcgi"
    check_units "$contents"
    say 'lintian'
    lintian --fail-on error,warning --info --allow-root "$package" >&2 ||
        die 'lintian complains: see above.'
}

check_hardening() {
    local header dynamic
    header=$(readelf -hlW "$1")
    dynamic=$(readelf -dW "$1")
    grep -q 'Type: *DYN' <<<"$header" && grep -q '(FLAGS_1).*PIE' <<<"$dynamic" || die "$1 is not a PIE."
    grep -q GNU_RELRO <<<"$header" || die "$1 lacks RELRO."
    grep -qE '\(FLAGS(_1)?\).*NOW' <<<"$dynamic" || die "$1 lacks BIND_NOW."
    ! grep -qE 'GNU_STACK.* RWE ' <<<"$header" || die "$1 has an executable stack."
    ! grep -qF "$PWD" "$1" || die "$1 names the directory that it was built in."
}

# How exposed the service is by systemd's own judgement, at most 2.0; here without a running systemd.
check_units() {
    local units=$1/lib/systemd/system level
    sed -i "s#=/usr/bin/authfcgi#=$1/usr/bin/authfcgi#" "$units/authfcgi.service"
    systemd-analyze verify --man=no "$units"/* >&2 || die 'systemd finds a mistake in the units: see above.'
    level=$(systemd-analyze security --offline=true "$units/authfcgi.service" | sed -n 's/.*level for .*: \([0-9.]*\) .*/\1/p')
    say "exposure of authfcgi.service: $level"
    [[ -n $level && $(jq -n "$level <= 2.0") == true ]] || die "authfcgi.service is too exposed: $level."
}
