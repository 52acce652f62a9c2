// SPDX-License-Identifier: Apache-2.0
// always_inline.h: for functions whose arguments are constants where they are called, so that the compiler sees them.
#pragma once

#define STAPES_ALWAYS_INLINE static inline __attribute__((always_inline))
