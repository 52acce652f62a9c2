// SPDX-License-Identifier: Apache-2.0
// kernel.h: marks a kernel in a source file that exports may contain. `inline` lets the linker keep one copy in a
// program with several exports; `used` emits the function although its file does not call it.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
