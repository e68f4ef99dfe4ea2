// libcrypto: HKDF and SHA-1 now, signatures later; everything else comes from libsodium.
#include <openssl/evp.h>
#include <openssl/kdf.h>
