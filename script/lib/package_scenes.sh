# shellcheck shell=bash
# What happens to the package in the container, one scene after the other; each check names what it found.

passed=0
origin=http://localhost:8080
password='a heron stands in cold water'

# usage: check SENTENCE COMMAND...
check() {
    local sentence=$1
    shift
    if "$@" >>"$log" 2>&1; then
        passed=$((passed + 1))
        say "  $sentence"
    else
        sh_inside 'journalctl --no-pager | grep -v "\"request\"" | tail -n 40' >&2 || true
        tail -n 15 "$log" >&2
        die "It is not so that $sentence."
    fi
}

# A line of shell inside.
sh_inside() { inside sh -c "$1"; }

# What the package could leave behind: every file but those that other programs keep writing, users and groups.
traces() {
    sh_inside 'find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /var/tmp \
        -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/mysql -o -path /var/lib/nginx \
        -o -path /var/lib/dpkg -o -path /packages -o -path /root -o -path /srv \) -prune -o -printf "%p %u:%g %m\n" | sort
        ls -d /run/authfcgi /tmp/systemd-private-*-authfcgi* 2>/dev/null
        ls /var/lib/dpkg/info | grep authfcgi
        sed "s/:.*//" /etc/passwd /etc/group | sort'
}

install_package() { inside apt-get -q -y install "/packages/$1"; }

scene_install() {
    say 'installing on a clean root'
    check 'apt installs it from the file, with nginx and mariadb-server' install_package authfcgi-1.deb
    check 'nginx and MariaDB run' inside systemctl is-active nginx mariadb
    check 'the service waits for its settings' sh_inside '! systemctl is-active authfcgi'
    check 'the operator is told what to do next' grep -q 'authfcgi init-db | mariadb' "$log"
    check 'it can be purged at once' inside apt-get -q -y purge authfcgi
    # Never configured, but there are keys; the operator may take them away.
    check 'the keyring stays' inside test -s /etc/authfcgi/keys/keyring
    inside rm -r /etc/authfcgi
    # For the visitors; the package does not need it.
    check 'curl is there' inside apt-get -q -y install curl
    traces >"$traffic.before"
    check 'it installs again' install_package authfcgi-1.deb
    check 'the keys belong to the service alone' sh_inside \
        '[ "$(stat -c %U:%a /etc/authfcgi/keys /etc/authfcgi/keys/keyring /etc/authfcgi/keys/nginx/web.conf | xargs)" = \
           "authfcgi:700 authfcgi:400 authfcgi:400" ]'
    check 'the place of the ledger belongs to the service alone' sh_inside \
        '[ "$(stat -c %U:%a /var/lib/authfcgi)" = authfcgi:700 ]'
    check 'the password of the schema belongs to root alone' sh_inside \
        '[ "$(stat -c %U:%a /etc/authfcgi/secrets/migrator)" = root:400 ]'
    check 'nothing of it starts with the machine yet' sh_inside \
        '! systemctl is-enabled authfcgi.service authfcgi-check.socket authfcgi-web.socket authfcgi-login.socket'
    check 'nobody has a shell or a home by it' sh_inside 'getent passwd authfcgi | grep -q "/usr/sbin/nologin$"'
}

scene_configure() {
    say 'setting up'
    check 'check says what is missing' sh_inside 'authfcgi check | grep -q site.origin'
    sh_inside "sed -i 's#\#origin = .*#origin = \"$origin\";#' /etc/authfcgi/authfcgi.conf
        printf 'limits = { sign_in_address = { burst = 10000; every = \"1s\"; };
            sign_in_pair = { burst = 10000; every = \"1s\"; }; sign_in_account = { burst = 10000; every = \"1s\"; };
            sign_in_device = { burst = 10000; every = \"1s\"; }; sign_in_network = { burst = 10000; every = \"1s\"; }; };
            registration = \"open\";\n            log = { level = \"debug\"; };\n' >>/etc/authfcgi/authfcgi.conf"
    check 'the accounts and the schema are made' sh_inside 'authfcgi init-db | mariadb && authfcgi migrate'
    check 'check finds nothing as the service' sh_inside \
        'setpriv --reuid authfcgi --regid authfcgi --clear-groups authfcgi check | grep -v nginx'
    check 'the service starts, and says when it is ready' inside systemctl enable --now authfcgi
    check 'it starts with the machine, and so do its sockets' sh_inside \
        'for rest in .service -check.socket -web.socket -login.socket -outbound.socket; do
            systemctl is-enabled "authfcgi$rest" || exit 1; done'
    check 'systemd has its words' sh_inside 'systemctl show -p StatusText authfcgi | grep -q "generation 1 serves"'
    check 'the sockets came from systemd' sh_inside \
        '[ "$(stat -c %U:%G:%a /run/authfcgi/web.sock /run/authfcgi/login.sock | xargs)" = "root:www-data:660 root:www-data:660" ]'
    check 'the queues are as long as the service wants them' sh_inside \
        'ss -xlH | grep authfcgi/login.sock | grep -qE "LISTEN +0 +256 " && ss -xlH | grep authfcgi/web.sock | grep -q " 1024 "'
}

# What the kernel says of the processes, not what the unit asks for.
scene_sandbox() {
    say 'looking at the sandbox'
    local all='for pid in $(pgrep -u authfcgi); do'
    check 'every worker runs as the user' sh_inside "$one_generation"
    check 'no process can gain rights or has any, and each is under a filter of system calls' sh_inside "$all
        grep -q 'NoNewPrivs:.1' /proc/\$pid/status && grep -q 'CapBnd:.0000000000000000' /proc/\$pid/status &&
        grep -q 'CapEff:.0000000000000000' /proc/\$pid/status && grep -q 'Seccomp:.2' /proc/\$pid/status || exit 1; done"
    check 'no process may write a core file' sh_inside "$all grep -qE 'core file size +0 +0 ' /proc/\$pid/limits || exit 1; done"
    check 'the rest of the file system is read-only for it' sh_inside \
        'nsenter -t $(systemctl show -P MainPID authfcgi) -m sh -c "! touch /etc/x && ! touch /var/lib/x && ! touch /usr/x && ! ls /home/x"'
    check 'the service cannot read the password of the schema' sh_inside \
        '! setpriv --reuid authfcgi --regid authfcgi --clear-groups cat /etc/authfcgi/secrets/migrator'
    check 'another user cannot reach the sockets' sh_inside \
        '! setpriv --reuid nobody --regid nogroup --clear-groups stat /run/authfcgi/web.sock'
    check 'no secret is in an argument or in the environment of any process' sh_inside \
        'cat /etc/authfcgi/secrets/* /etc/authfcgi/keys/*.secret >/tmp/secrets
         tail -n 1 /etc/authfcgi/keys/keyring | sed "s/.* //" >>/tmp/secrets; [ "$(grep -c . /tmp/secrets)" = 7 ] || exit 1
         cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n" | grep -aFf /tmp/secrets; s=$?
         journalctl --no-pager | grep -aFf /tmp/secrets; t=$?; rm /tmp/secrets; [ $s$t = 11 ]'
}

scene_serve() {
    say 'serving'
    sh_inside 'cp -R /usr/share/doc/authfcgi/examples /srv/authfcgi && chmod -R a+rX /srv/authfcgi
        echo "include authfcgi/http.conf;" >/etc/nginx/conf.d/authfcgi.conf
        cp /srv/authfcgi/nginx.conf /etc/nginx/sites-enabled/example.conf
        [ -s /proc/net/if_inet6 ] || sed -i "/listen \[::1\]/d" /etc/nginx/sites-enabled/example.conf'
    check 'nginx takes the files' inside nginx -t
    inside systemctl reload nginx
    local curl="curl -sS -m 10 -o /tmp/body -w %{http_code}"
    check 'it is ready' sh_inside "[ \$($curl --retry 5 --retry-all-errors $origin/auth/readyz) = 200 ]"
    check 'a protected page is closed' sh_inside "[ \$($curl $origin/members/) = 401 ]"
    check 'somebody registers' sh_inside "[ \$($curl --json '{\"email\":\"heron@example.org\",\"username\":\"heron\",\"password\":\"$password\"}' \
        $origin/auth/register) = 201 ]"
    check 'and signs in' sh_inside "$(sign_in)"
    check 'and sees the protected page' sh_inside "[ \$($curl -b /tmp/jar $origin/members/) = 200 ] && grep -qi '<html' /tmp/body"
}

sign_in() {
    printf '%s' "[ \$(curl -sS -m 10 -c /tmp/jar -o /dev/null -w %{http_code} -d username=heron \
        --data-urlencode 'password=$password' -H 'Origin: $origin' $origin/auth/login) = 303 ]"
}

# Visitors until `stop_traffic`, for two minutes at most: pages behind the check, sessions, and sign-ins. curl asks
# thousands of times over one connection, and anew when nginx has closed it.
start_traffic() {
    sh_inside "rm -rf /tmp/traffic; mkdir /tmp/traffic"
    local kind
    for kind in members/ members/ auth/session; do
        sh_inside "n=\$\$; end=\$(( \$(date +%s) + 120 ))
            while [ ! -e /tmp/traffic/stop ] && [ \$(date +%s) -lt \$end ]; do
                curl -sS -m 10 -b /tmp/jar -o /dev/null -w '%{http_code} $kind %{errormsg}\n' '$origin/$kind?n=[1-500]'
            done >/tmp/traffic/\$n" &
        visitors+=($!)
    done
    sh_inside "end=\$(( \$(date +%s) + 120 ))
        while [ ! -e /tmp/traffic/stop ] && [ \$(date +%s) -lt \$end ]; do
            curl -sS -m 10 -o /dev/null -w '%{http_code} auth/login %{errormsg}\n' -d username=heron \
                --data-urlencode 'password=$password' -H 'Origin: $origin' $origin/auth/login
        done >/tmp/traffic/login" &
    visitors+=($!)
    sleep 2
}

visitors=()

# Counts, and says how many of what kind had an answer other than 200, or 303 for a sign-in.
stop_traffic() {
    sleep 2
    inside touch /tmp/traffic/stop
    wait "${visitors[@]}" || true
    visitors=()
    sh_inside 'cat /tmp/traffic/* 2>/dev/null' >"$traffic"
    local total failed
    total=$(wc -l <"$traffic")
    failed=$(grep -cvE '^(200 (members/|auth/session)|303 auth/login) *$' "$traffic" || true)
    say "  $total requests ($(grep -c auth/login "$traffic") sign-ins), $failed failed"
    grep -vE '^(200 (members/|auth/session)|303 auth/login) *$' "$traffic" | sort | uniq -c | head -5 >&2 || true
    check 'there was traffic' test "$total" -gt 500
    check 'no request failed' test "$failed" = 0
}

generation() { sh_inside 'authfcgi status --json' | sed 's/.*"generation":\([0-9]*\).*/\1/;q'; }
supervisor() { inside cat /run/authfcgi/authfcgi.lock; }

# Every process but the supervisor is a worker, ready, and of one generation.
one_generation='authfcgi status --json >/tmp/status && ! grep -qE "starting|retiring|killed" /tmp/status &&
    [ $(grep -o "\"state\":" /tmp/status | wc -l) = $(($(pgrep -cu authfcgi) - 1)) ] &&
    [ $(grep -o "\"generation\":[0-9]*" /tmp/status | sort -u | wc -l) = 1 ]'

# The new generation serves and the old one is gone.
settled() {
    local count=0
    while ((count++ < 100)); do
        sh_inside "$one_generation" && return
        sleep 0.2
    done
    return 1
}

# usage: is_new_program OLD_SUPERVISOR
is_new_program() {
    [[ $(supervisor) == "$1" ]] &&
        sh_inside 'for pid in $(pgrep -u authfcgi); do cmp /proc/$pid/exe /usr/bin/authfcgi || exit 1; done'
}

scene_upgrade() {
    say 'upgrading under traffic'
    local before
    before=$(supervisor)
    sh_inside 'find /etc/authfcgi/keys /etc/authfcgi/secrets /usr/bin/authfcgi -type f -exec sha256sum {} +' >"$traffic.keys"
    start_traffic
    check 'apt upgrades it' install_package authfcgi-2.deb
    check 'the new workers serve' settled
    stop_traffic
    check 'every process is the new program, under the old process id' is_new_program "$before"
    check 'and another one than before' sh_inside "! sha256sum /usr/bin/authfcgi | grep -q $(awk '/bin.authfcgi/ { print $1 }' "$traffic.keys")"
    check 'no key and no secret has changed' sh_inside "sha256sum --status -c - <<'SUMS'
$(grep -v bin/authfcgi "$traffic.keys")
SUMS"
    check 'the settings of the operator are there' sh_inside "grep -q '$origin' /etc/authfcgi/authfcgi.conf"
}

scene_upgrade_without_database() {
    say 'upgrading while the database is away'
    local before
    before=$(generation)
    inside systemctl stop mariadb
    check 'dpkg puts the same version there once more' inside dpkg -i /packages/authfcgi-2.deb
    check 'the operator is told what to do' grep -q 'the database could not be asked' "$log"
    check 'the workers of before serve' test "$(generation)" = "$before"
    inside systemctl start mariadb
    check 'what he is told can be done' sh_inside 'authfcgi migrate && systemctl reload authfcgi nginx'
    check 'new workers serve' settled
    check 'of another generation' test "$(generation)" != "$before"
}

scene_restart() {
    say 'restarting under traffic'
    local before
    before=$(supervisor)
    start_traffic
    check 'systemd restarts it' inside systemctl restart authfcgi
    check 'all workers are there' settled
    stop_traffic
    check 'it is another process' test "$(supervisor)" != "$before"
}

# As where another init runs: maintainer scripts that find no systemd, and a service that somebody started by hand.
scene_upgrade_without_systemd() {
    say 'upgrading under traffic without systemd'
    inside systemctl stop authfcgi.service 'authfcgi-*.socket'
    check 'stopping leaves no process and no socket' sh_inside '! pgrep -u authfcgi && ! ls /run/authfcgi/web.sock'
    sh_inside 'setsid setpriv --reuid authfcgi --regid authfcgi --groups www-data --no-new-privs \
        authfcgi serve >/tmp/serve.log 2>&1 &'
    check 'it starts by hand' settled
    local before
    before=$(supervisor)
    start_traffic
    check 'dpkg puts the first version back' inside unshare --mount sh -c \
        'mount -t tmpfs none /run/systemd && dpkg -i --force-downgrade /packages/authfcgi-1.deb'
    check 'the other workers serve' settled
    stop_traffic
    check 'every process is the other program, under the old process id' is_new_program "$before"
}

scene_remove_and_install_again() {
    say 'removing, and installing again'
    check 'apt removes it' inside apt-get -q -y remove authfcgi
    check 'nothing of it runs or listens' sh_inside '! pgrep -u authfcgi && [ ! -e /run/authfcgi ]'
    check 'settings, keys and nginx files of the operator are there' sh_inside \
        'ls /etc/authfcgi/authfcgi.conf /etc/authfcgi/keys/keyring /etc/nginx/authfcgi/headers.conf'
    check 'it installs again' install_package authfcgi-2.deb
    check 'the operator is told what comes before the next start' grep -q 'migrate. before the next start' "$log"
    check 'with the same keys' sh_inside "sha256sum --status -c - <<'SUMS'
$(grep -v bin/authfcgi "$traffic.keys")
SUMS"
    check 'starts' inside systemctl restart authfcgi
    inside systemctl reload nginx
    check 'and the user of before signs in' sh_inside "$(sign_in)"
}

scene_purge() {
    say 'purging'
    sh_inside 'rm -r /etc/nginx/conf.d/authfcgi.conf /etc/nginx/sites-enabled/example.conf /srv/authfcgi; systemctl reload nginx'
    check 'apt purges it' inside apt-get -q -y purge authfcgi
    check 'it says what stays' grep -q 'left in place are /etc/authfcgi/keys/keyring and the database' "$log"
    check 'the keyring and the database are there' sh_inside \
        'test -s /etc/authfcgi/keys/keyring && [ "$(mariadb -N -e "SELECT COUNT(*) FROM authfcgi.users")" = 1 ]'
    check 'the keyring is for root alone' sh_inside '[ "$(stat -c %U:%G:%a /etc/authfcgi/keys/keyring)" = root:root:400 ]'
    traces >"$traffic.after"
    diff "$traffic.before" "$traffic.after" >"$traffic.left" || true
    check 'nothing else of it is left' test "$(grep '^[<>]' "$traffic.left" | sort)" = "$(printf '> %s\n' \
        '/etc/authfcgi root:root 755' '/etc/authfcgi/keys root:root 700' '/etc/authfcgi/keys/keyring root:root 400' | sort)"
    check 'and installed once more, the service gets its keyring back' install_package authfcgi-1.deb
    check 'as its own' sh_inside '[ "$(stat -c %U:%a /etc/authfcgi/keys/keyring)" = authfcgi:400 ]'
}
