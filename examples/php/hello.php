<?php
// An application behind nginx: REMOTE_USER is set by the check, and empty for a stranger. It sees no credential of ours.
declare(strict_types=1);

$id = $_SERVER['REMOTE_USER'] ?? '';
$name = rawurldecode($_SERVER['HTTP_X_AUTH_REQUEST_PREFERRED_USERNAME'] ?? '');
$shown = htmlspecialchars($name !== '' ? $name : $id, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5);
header('Content-Type: text/html; charset=utf-8');
?>
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hello</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Hello</h1>
<?php if ($id === '') : ?>
<p id="visitor">Hello, stranger. <a href="/signin.html">Sign in</a> and this page will know you.</p>
<?php else : ?>
<p id="visitor">Hello, <strong><?= $shown ?></strong>.</p>
<?php endif; ?>
<p>Cookies this application can see: <code id="cookies"><?= htmlspecialchars(implode(' ', array_keys($_COOKIE)), ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5) ?></code></p>
<p><a href="/">Start page</a></p>
</main>
</body>
</html>
