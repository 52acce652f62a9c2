// SPDX-License-Identifier: Apache-2.0
// count_allocations.h: counts this thread's heap allocations. Link count_allocations.cpp, which replaces operator new.
#pragma once

namespace stapes::test {

long allocations();

}  // namespace stapes::test
