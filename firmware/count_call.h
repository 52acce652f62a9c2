// SPDX-License-Identifier: Apache-2.0
// count_call.h: the cost of one call: instructions and bytes of stack.
#pragma once

#include <stdint.h>

namespace firmware {

struct CallCost {
  uint64_t instructions = 0;  // of the function and its callees, including its return but not the call itself
  uint32_t stack_bytes = 0;   // from the stack pointer at the call down to the lowest word written
};

// Calls function(argument). Returns false if the call wrote to the last words of the stack: it may have overflowed.
bool count_call(void (*function)(void*), void* argument, CallCost& cost);

}  // namespace firmware
