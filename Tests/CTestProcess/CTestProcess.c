#include "CTestProcess.h"

#include <signal.h>

// Tests write to peers that go away on purpose; the runner must not go with them.
__attribute__((constructor)) static void survive_broken_pipes(void) {
    signal(SIGPIPE, SIG_IGN);
}
