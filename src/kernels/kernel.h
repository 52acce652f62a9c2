// SPDX-License-Identifier: Apache-2.0
// kernel.h: marks a kernel in a source file that exports may contain, so that a program with several exports has one
// copy. The linker merges inline functions; `used` emits them even though the file has no caller.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
