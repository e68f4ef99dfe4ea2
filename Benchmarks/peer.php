<?php
// The peer: the check as a PHP application would do it, well but without features.
// Its persistent connection and hashed token are those of the service, and so is the note of a use, once a minute. Its row is
// joined of two tables, as an application has it; the service keeps what it needs of the second in the first.
declare(strict_types=1);

$token = $_COOKIE['__Host-sid'] ?? '';
$database = new PDO(
    $_SERVER['PEER_DATABASE'],
    'bench_peer',
    $_SERVER['PEER_PASSWORD'],
    [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_NUM,
        PDO::ATTR_EMULATE_PREPARES => $_SERVER['PEER_PREPARES'] === 'emulated',
    ]
);
$digest = hash('sha256', $token, true);
$find = $database->prepare(
    "SELECT LOWER(HEX(sessions.id)), LOWER(HEX(users.id)), users.email, users.username, users.role,
        sessions.last_used_at < UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE
    FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.token_hash = ? AND sessions.carrier = 'cookie' AND sessions.idle_until > UTC_TIMESTAMP(6)
        AND sessions.expires_at > UTC_TIMESTAMP(6) AND users.disabled_at IS NULL AND users.deleted_at IS NULL"
);
$find->execute([$digest]);
$row = $find->fetch();
header_remove('Content-Type');
if ($row === false) {
    header('X-Auth-Decision: deny', true, 401);
    exit;
}
[$session, $user, $email, $name, $role, $isDue] = $row;
if ($isDue) {
    $database->prepare(
        'UPDATE sessions SET last_used_at = UTC_TIMESTAMP(6), idle_until = UTC_TIMESTAMP(6) + INTERVAL 2 HOUR
        WHERE token_hash = ? AND last_used_at < UTC_TIMESTAMP(6)'
    )->execute([$digest]);
}
header('X-Auth-Decision: allow');
header("X-Auth-Request-User: $user");
header("X-Auth-Request-Email: $email");
header("X-Auth-Request-Preferred-Username: $name");
header("X-Auth-Request-Groups: $role");
header("X-Auth-Session: $session");
