// SPDX-License-Identifier: Apache-2.0
// always_inline.h: inlines functions that are called with constant arguments, so that the compiler can fold the
// constants.
#pragma once

#define STAPES_ALWAYS_INLINE static inline __attribute__((always_inline))
