// The one entry of libFuzzer that a program with a main function of its own needs.
#ifndef STEWARD_CLIBFUZZER_H
#define STEWARD_CLIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv,
                        int (*callback)(const uint8_t *data, size_t size));

#endif
