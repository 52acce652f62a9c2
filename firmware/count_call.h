// SPDX-License-Identifier: Apache-2.0
// count_call.h: what one call costs: instructions and bytes of stack.
#pragma once

#include <stdint.h>

namespace firmware {

struct CallCost {
  uint64_t instructions = 0;  // those of the function and of all it calls, its return included; the call itself is not
  uint32_t stack_bytes = 0;   // from the stack pointer at the call down to the lowest word that was written
};

// Calls function(argument). The stack must have room: false when the call wrote the last words that it has.
bool count_call(void (*function)(void*), void* argument, CallCost& cost);

}  // namespace firmware
