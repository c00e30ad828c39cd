#ifndef STEWARD_CSODIUM_SHIM_H
#define STEWARD_CSODIUM_SHIM_H

#include <sodium.h>

#endif
