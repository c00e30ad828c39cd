#ifndef STEWARD_CSODIUM_SHIM_H
#define STEWARD_CSODIUM_SHIM_H

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

// Swift does not import prctl, whose arguments vary.  0 if the process neither leaves a core nor
// lets others of its user look into its memory.
static inline int steward_forbid_dumps(void) {
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -1;
}

#endif
