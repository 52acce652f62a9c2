// SPDX-License-Identifier: Apache-2.0
// kernel.h: marks a kernel in a source file for exports. `inline` lets the linker keep one copy in a program with
// several exports. `used` emits the function without a caller in its file.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
