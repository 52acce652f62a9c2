// SPDX-License-Identifier: Apache-2.0
// kernel.h: defines a kernel in a source file that exports may contain, so that a program has it once even if several
// exports contain it. The linker merges inline functions; `used` emits them here although the file has no caller.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
