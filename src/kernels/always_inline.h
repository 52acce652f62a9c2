// SPDX-License-Identifier: Apache-2.0
// always_inline.h: for functions called with constant arguments, so that the compiler can use them.
#pragma once

#define STAPES_ALWAYS_INLINE static inline __attribute__((always_inline))
