// libsodium: random bytes, Argon2id, HMAC-SHA-256, XChaCha20-Poly1305, comparison in constant time, wiping.
#include <sodium.h>
