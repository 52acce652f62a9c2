// SPDX-License-Identifier: Apache-2.0
// kernel.h: marks kernels in source files that exports may contain. `inline`: the linker keeps one copy in a program
// with several exports. `used`: the kernel is emitted although its file does not call it.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
