// libcurl as far as the house sends mail with it. It is loaded when it is first asked for: workers that never speak to
// other people's servers do not have it in their memory.
#pragma once

#include <stddef.h>

/// Loads libcurl. Returns NULL when it is there, else why it is not; the text stays valid.
const char *curl_load(void);

/// How the connection to a mail server is protected.
enum smtp_security { SMTP_PLAIN = 0, SMTP_STARTTLS = 1, SMTP_TLS = 2 };

/// A mail server, and the connection to it that is kept between two mails. Texts are copied.
struct smtp_server;

/// `url` is `smtp://HOST:PORT/NAME` or `smtps://…`, where NAME is what we call ourselves. Without a user nobody signs in;
/// without a file of certificates those of the system vouch for the server. NULL when there is no memory.
struct smtp_server *smtp_open(
    const char *url, enum smtp_security security, const char *user, const char *password, const char *authorities,
    long seconds);
void smtp_close(struct smtp_server *server);

/// What a try came to. How far it went is told by the last command, an empty text when none was sent.
struct smtp_result {
    /// Whether the server took the mail.
    int is_sent;
    /// The server's last answer, 0 when there was none.
    long code;
    char command[9];
    /// The last line of the server, or what kept us from speaking with it.
    char reason[256];
};

/// Sends one mail to one mailbox; takes at most the seconds of the server. Neither address may hold a control character,
/// a space or an angle bracket: the caller sees to that.
struct smtp_result smtp_send(
    struct smtp_server *server, const char *sender, const char *recipient, const char *message, size_t count);
