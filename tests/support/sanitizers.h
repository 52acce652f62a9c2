// SPDX-License-Identifier: Apache-2.0
// sanitizers.h: whether this program runs under the address sanitizer, which takes several times the time and memory.
#pragma once

namespace stapes::test {

#if defined(__SANITIZE_ADDRESS__)  // GCC
inline constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)  // Clang
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif
#else
inline constexpr bool kAddressSanitizer = false;
#endif

}  // namespace stapes::test
