#include "CCurl.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is used of libcurl, by the types of its header.
static struct {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_easy_setopt) easy_setopt;
    __typeof__(&curl_easy_perform) easy_perform;
    __typeof__(&curl_easy_strerror) easy_strerror;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
} curl;

// The macros of the header would check types, and call by the functions' own names.
#undef curl_easy_setopt

static void *library;

const char *curl_load(void) {
    if (library) return NULL;
    void *loaded = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!loaded) return dlerror();
#define FIND(name) \
    if (!(curl.name = (__typeof__(curl.name))dlsym(loaded, "curl_" #name))) return dlerror()
    FIND(global_init);
    FIND(easy_init);
    FIND(easy_cleanup);
    FIND(easy_setopt);
    FIND(easy_perform);
    FIND(easy_strerror);
    FIND(slist_append);
    FIND(slist_free_all);
#undef FIND
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return "curl_global_init failed";
    library = loaded;
    return NULL;
}

struct smtp_server {
    CURL *handle;
    struct smtp_result result;
    const char *message;
    size_t left;
    int is_leaving;
};

// Gives libcurl the next bytes of the message.
static size_t give(char *target, size_t size, size_t count, void *context) {
    struct smtp_server *server = context;
    size_t amount = size * count < server->left ? size * count : server->left;
    memcpy(target, server->message, amount);
    server->message += amount;
    server->left -= amount;
    return amount;
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

static const char *const verbs[] = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"};

// Keeps the server's last line, and the verb of our last command: they tell who refused what. Nothing else that is sent is
// kept, because it may be a password.
static int listen_in(CURL *handle, curl_infotype type, char *bytes, size_t count, void *context) {
    (void)handle;
    struct smtp_server *server = context;
    struct smtp_result *result = &server->result;
    // What it says to our farewell is about nothing.
    if (type == CURLINFO_HEADER_OUT && count >= 4 && !memcmp(bytes, "QUIT", 4)) server->is_leaving = 1;
    if (server->is_leaving) return 0;
    if (type == CURLINFO_HEADER_OUT) {
        for (size_t index = 0; index < sizeof verbs / sizeof *verbs; index++) {
            size_t length = strlen(verbs[index]);
            if (count > length && !memcmp(bytes, verbs[index], length) && strchr(" \r", bytes[length]))
                memcpy(result->command, verbs[index], length + 1);
        }
    } else if (type == CURLINFO_HEADER_IN) {
        size_t length = 0;
        for (; length < count && length < sizeof result->reason - 1 && bytes[length] != '\r' && bytes[length] != '\n';
             length++)
            result->reason[length] = (unsigned char)bytes[length] < 0x20 || bytes[length] == 0x7f ? ' ' : bytes[length];
        result->reason[length] = 0;
        result->code = strtol(result->reason, NULL, 10);
    }
    return 0;
}

struct smtp_server *smtp_open(
    const char *url, enum smtp_security security, const char *user, const char *password, const char *authorities,
    long seconds) {
    struct smtp_server *server = calloc(1, sizeof *server);
    CURL *handle = server ? curl.easy_init() : NULL;
    if (!handle) {
        free(server);
        return NULL;
    }
    server->handle = handle;
    curl.easy_setopt(handle, CURLOPT_URL, url);
    curl.easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl.easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl.easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, seconds < 10 ? seconds : 10L);
    curl.easy_setopt(handle, CURLOPT_TIMEOUT, seconds);
    // Never less protection than was asked for: a server without STARTTLS gets no mail.
    curl.easy_setopt(handle, CURLOPT_USE_SSL, (long)(security == SMTP_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl.easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl.easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl.easy_setopt(handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (authorities) curl.easy_setopt(handle, CURLOPT_CAINFO, authorities);
    if (user) {
        curl.easy_setopt(handle, CURLOPT_USERNAME, user);
        curl.easy_setopt(handle, CURLOPT_PASSWORD, password ? password : "");
    }
    curl.easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl.easy_setopt(handle, CURLOPT_READFUNCTION, give);
    curl.easy_setopt(handle, CURLOPT_READDATA, server);
    curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, discard);
    curl.easy_setopt(handle, CURLOPT_VERBOSE, 1L);
    curl.easy_setopt(handle, CURLOPT_DEBUGFUNCTION, listen_in);
    curl.easy_setopt(handle, CURLOPT_DEBUGDATA, server);
    return server;
}

void smtp_close(struct smtp_server *server) {
    if (!server) return;
    curl.easy_cleanup(server->handle);
    free(server);
}

// RFC 5321, 4.1.1.2: an address stands between angle brackets.
static int bracket(char *target, size_t size, const char *address) {
    int length = snprintf(target, size, "<%s>", address);
    return length > 0 && (size_t)length < size;
}

struct smtp_result smtp_send(
    struct smtp_server *server, const char *sender, const char *recipient, const char *message, size_t count) {
    char from[272], to[272];
    memset(&server->result, 0, sizeof server->result);
    server->is_leaving = 0;
    struct curl_slist *recipients = NULL;
    if (bracket(from, sizeof from, sender) && bracket(to, sizeof to, recipient))
        recipients = curl.slist_append(NULL, to);
    if (!recipients) {
        snprintf(server->result.reason, sizeof server->result.reason, "an address is too long");
        return server->result;
    }
    server->message = message;
    server->left = count;
    curl.easy_setopt(server->handle, CURLOPT_MAIL_FROM, from);
    curl.easy_setopt(server->handle, CURLOPT_MAIL_RCPT, recipients);
    curl.easy_setopt(server->handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)count);
    CURLcode code = curl.easy_perform(server->handle);
    curl.easy_setopt(server->handle, CURLOPT_MAIL_RCPT, NULL);
    curl.slist_free_all(recipients);
    server->result.is_sent = code == CURLE_OK;
    // The server's own words say more, where it refused by them.
    int was_refused = server->result.code >= 400 && server->result.reason[0];
    if (code != CURLE_OK && !was_refused)
        snprintf(server->result.reason, sizeof server->result.reason, "%s", curl.easy_strerror(code));
    return server->result;
}
