// SPDX-License-Identifier: Apache-2.0
// always_inline.h: inlines functions with constant arguments, so that compilers fold the constants.
#pragma once

#define STAPES_ALWAYS_INLINE static inline __attribute__((always_inline))
