# shellcheck shell=bash
# The private nginx with the shipped files, and php-fpm for the example's PHP page.

# The shipped files name the places of an installed service; here are others.
# usage: place_web_files
place_web_files() {
    local target=$run/nginx file
    rm -rf "$target" "$run/www"
    mkdir -p "$target/authfcgi" "$run/www" "$run/tmp"
    cp -R examples/site "$run/www/site"
    cp -R examples/php "$run/www/php"
    chmod -R u=rwX,go=rX "$run/www"
    for file in nginx/*; do
        sed -e "s#/run/authfcgi/#$run/sockets/#g" -e "s#/srv/authfcgi/#$run/www/#g" \
            -e "s#/var/log/nginx/#$state/log/#g" -e "s#/run/php/php-fpm.sock#$run/php.sock#g" \
            -e "s#127.0.0.1:8080#127.0.0.1:$port#" -e "s#\[::1\]:8080#[::1]:$port#" \
            "$file" >"$target/authfcgi/${file##*/}"
    done
    [[ -s /proc/net/if_inet6 ]] || sed -i '/listen \[::1\]/d' "$target/authfcgi/example.conf"
    if [[ $origin == https:* ]]; then serve_tls "$target"; fi
    ln -s "$state/keys/nginx" "$target/authfcgi/keys"
    {
        ((EUID != 0)) || echo "user $web_user;"
        cat <<CONF
worker_processes 2;
worker_rlimit_nofile 20000;
daemon off;
pid $run/nginx.pid;
error_log $state/log/nginx.log warn;
events { worker_connections 8192; }
http {
    include /etc/nginx/mime.types;
    client_body_temp_path $run/tmp/body;
    proxy_temp_path $run/tmp/proxy;
    fastcgi_temp_path $run/tmp/fastcgi;
    uwsgi_temp_path $run/tmp/uwsgi;
    scgi_temp_path $run/tmp/scgi;
    ${web_directives-}
    include authfcgi/http.conf;
    include authfcgi/example.conf;
}
CONF
    } >"$target/nginx.conf"
    cat >"$run/php-fpm.conf" <<CONF
[global]
error_log = $state/log/php-fpm.log
daemonize = no
[example]
listen = $run/php.sock
listen.mode = 0660
$( ((EUID != 0)) || printf 'user = %s\ngroup = %s\nlisten.owner = root\nlisten.group = www-data\n' "$php_uid" "$php_uid")
pm = ondemand
pm.max_children = 4
security.limit_extensions = .php
php_admin_value[open_basedir] = $run/www/php
CONF
}

# A certificate that nobody vouches for, for tests with browsers that keep Secure cookies to https.
serve_tls() {
    logged "$state/log/openssl.log" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout "$1/tls.key" -out "$1/tls.pem" ||
        die "The test certificate could not be made: see $state/log/openssl.log."
    sed -i -e "s#^\( *listen .*\);#\1 ssl;#" \
        -e "s#^\( *\)server_name .*#&\n\1ssl_certificate $1/tls.pem;\n\1ssl_certificate_key $1/tls.key;#" \
        "$1/authfcgi/example.conf"
}

start_php() {
    local php
    php=$(compgen -G '/usr/sbin/php-fpm*' | sort -V | tail -n 1) || die 'php-fpm is missing: install php-fpm.'
    say 'starting php-fpm'
    start php-fpm QUIT - - "$state/log/php-fpm.log" "$php" --fpm-config "$run/php-fpm.conf"
}

start_nginx() {
    local nginx
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    say "starting nginx on port $port"
    "$nginx" -t -q -c "$run/nginx/nginx.conf" 2>>"$state/log/nginx.log" ||
        die "nginx refuses its configuration: see $state/log/nginx.log."
    start nginx TERM - - "$state/log/nginx.log" "$nginx" -c "$run/nginx/nginx.conf"
}
