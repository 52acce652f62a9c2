// SPDX-License-Identifier: Apache-2.0
// count_allocations.h: how often this thread has asked the heap, so that a test can say "never". Link
// count_allocations.cpp, which replaces operator new.
#pragma once

namespace stapes::test {

long allocations();

}  // namespace stapes::test
