// SPDX-License-Identifier: Apache-2.0
// kernel.h: marks kernels in source files for exports. `inline`: the linker keeps one copy in a program with several
// exports. `used`: emitted without a caller in its file.
#pragma once

#define STAPES_KERNEL inline __attribute__((used))
