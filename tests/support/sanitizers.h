// SPDX-License-Identifier: Apache-2.0
// sanitizers.h: whether the tests run under sanitizers, which take several times the time and memory.
#pragma once

namespace stapes::test {

#ifdef STAPES_SANITIZED  // tests/CMakeLists.txt
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

}  // namespace stapes::test
