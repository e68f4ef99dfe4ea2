// utf8proc: NFC for passwords and mail addresses, NFKC with case folding for usernames.
#include <stdlib.h>
#include <utf8proc.h>
