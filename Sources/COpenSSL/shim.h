// libcrypto: HKDF now, signatures later; everything else comes from libsodium.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
