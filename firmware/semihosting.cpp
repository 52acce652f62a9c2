// SPDX-License-Identifier: Apache-2.0
#include "semihosting.h"

#include "print.h"

namespace firmware {

void print(const char* text) {
  constexpr uintptr_t kWrite0 = 0x04;
  semihosting(kWrite0, text);
}

}  // namespace firmware
