# shellcheck shell=bash
# The service itself: settings, secrets, accounts, schema, supervisor, and a first person.

conf=

# usage: random_text BYTES
random_text() { head -c "$1" /dev/urandom | base64 -w0 | tr '+/' 'xy' | tr -d '='; }

# Our program, as the service's user.
# usage: authfcgi ARGUMENT...
authfcgi() { as "$service_uid" "$socket_gid" "$run/authfcgi" "$@"; }

write_settings() {
    conf=$state/authfcgi.conf
    own_directory "$state/secrets" "$service_uid"
    local name
    for name in database migrator; do
        [[ -s $state/secrets/$name ]] || random_text 24 >"$state/secrets/$name"
        own_file "$state/secrets/$name"
    done
    own_directory "$state/mail" "$service_uid"
    own_directory "$state/ledger" "$service_uid"
    cat >"$conf" <<CONF
environment = "development";
site = { origin = "$origin"; name = "Example"; base_path = "/auth"; };
pages = { sign_in = "/signin.html"; home = "/"; };
compat = {
    boilerplate = "/compat/boilerplate/api/v1"; skill = "/compat/skill/auth"; usrak = "/compat/usrak/auth";
};
database = {
    socket = "$database_socket"; name = "authfcgi";
    user = "authfcgi"; migrator_user = "authfcgi_migrator";
};
registration = "${registration_mode:-open}";
accounts = { erasure_ledger = "$state/ledger/erasures"; };
mail = { transport = "${mail_transport:-none}"; from = "auth@example.com"; maildir = "$state/mail"; };
processes = {
    run_directory = "$run/sockets"; key_directory = "$state/keys";
    socket_group = "$socket_group"; allowed_users = ["$web_user"];
};
CONF
    # Settings of one's own, kept between runs.
    [[ ! -e $state/extra.conf ]] || cat "$state/extra.conf" >>"$conf"
    chmod 644 "$conf"
    # Settings that are secrets come by name of a file.
    export AUTHFCGI_DATABASE__PASSWORD_FILE=$state/secrets/database
    export AUTHFCGI_DATABASE__MIGRATOR_PASSWORD_FILE=$state/secrets/migrator
}

own_file() {
    chmod 400 "$1"
    ((EUID != 0)) || chown "$service_uid:$service_uid" "$1"
}

prepare_service() {
    install -m 755 "$release_binary" "$run/authfcgi.new"
    strip "$run/authfcgi.new"
    mv -f "$run/authfcgi.new" "$run/authfcgi"
    own_directory "$run/sockets" "$service_uid"
    chmod 711 "$run/sockets"
    own_directory "$state/keys" "$service_uid"
    if [[ ! -s $state/keys/keyring ]]; then
        say 'creating keys'
        authfcgi key create --directory "$state/keys" >>"$state/log/service.log" 2>&1 ||
            die "The keys could not be created: see $state/log/service.log."
    fi
    write_settings
}

prepare_schema() {
    say 'applying grants and migrations'
    authfcgi init-db -c "$conf" | database >>"$state/log/service.log" 2>&1 ||
        die "The database accounts could not be made: see $state/log/service.log."
    logged "$state/log/service.log" authfcgi migrate -c "$conf" ||
        die "The schema could not be brought up to date: see $state/log/service.log."
}

start_service() {
    say 'starting the service'
    start authfcgi TERM "$service_uid" "$socket_gid" "$state/log/service.log" "$run/authfcgi" serve -c "$conf"
    local deadline=$((SECONDS + 30))
    until curl -fsSk -o "$run/ready" -m 2 "$origin/auth/readyz" 2>/dev/null; do
        alive authfcgi || die "The service ended at once: see $state/log/service.log."
        alive nginx || die "nginx ended: see $state/log/nginx.log."
        ((SECONDS < deadline)) || die "The service did not become ready: see $state/log/service.log."
        sleep 0.1
    done
}

# A person to begin with; the password is shown once and stored nowhere.
create_demo_admin() {
    [[ ! -e $state/demo-admin ]] || return 0
    demo_password=$(random_text 15)
    printf '%s\n' "$demo_password" | authfcgi user create -c "$conf" --email demo@example.com --username demo \
        --role admin --verified >>"$state/log/service.log" 2>&1 ||
        die "The first user could not be made: see $state/log/service.log."
    touch "$state/demo-admin"
}
