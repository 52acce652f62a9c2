// SPDX-License-Identifier: Apache-2.0
// kernel.h: how a kernel that exports may hold is defined in its source file: once for a program, however many exports
// bring it. Inline functions are merged by the linker; `used` emits them here though no caller is in the file.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
