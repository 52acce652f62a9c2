// SPDX-License-Identifier: Apache-2.0
// wide_vectors.h: functions compiled for several vector widths, chosen at program start. Rounding may differ between
// processors, but not between runs on one processor.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define STAPES_WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define STAPES_WIDE
#endif
