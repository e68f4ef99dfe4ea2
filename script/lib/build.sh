# shellcheck shell=bash
# Builds the release binary: the Swift runtime linked statically, so that a host needs only Debian's libraries.

# shellcheck disable=SC2034 # read by the scripts that source this
release_binary=${SERVICE_BINARY:-.build/release/authfcgi}

# SERVICE_BINARY names a program that is built already.
build_release() {
    [[ -z ${SERVICE_BINARY-} ]] || return 0
    say 'building the release binary (the first time takes some minutes)'
    # In the background, so that a signal ends this script at once, and the compiler with it.
    setpriv --pdeathsig TERM -- swift build -c release --static-swift-stdlib --product authfcgi >&2 9>&- &
    wait $! ||
        die 'The build failed: the compiler says why above.'
}
