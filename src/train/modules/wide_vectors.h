// SPDX-License-Identifier: Apache-2.0
// wide_vectors.h: functions built for several vector widths, chosen at program start. Results differ between processors
// in rounding, never between runs on one.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define STAPES_WIDE __attribute__((target_clones("arch=haswell", "default")))
#else
#define STAPES_WIDE
#endif
