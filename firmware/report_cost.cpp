// SPDX-License-Identifier: Apache-2.0
#include "cost.h"
#include "count_call.h"
#include "print.h"

namespace firmware {

bool report_cost(void (*function)(void*), void* argument) {
  CallCost cost;
  const bool fits = count_call(function, argument, cost);
  print("instructions ");
  print(cost.instructions);
  print("\nstack_bytes ");
  print(uint64_t{cost.stack_bytes});
  print("\n");
  if (!fits) print("stack_overflow 1\n");
  return fits;
}

}  // namespace firmware
