// SPDX-License-Identifier: Apache-2.0
// cost.h: the cost of one call. Emulated cores: instructions and stack; host: time.
#pragma once

#include <stdint.h>

namespace firmware {

// Calls function(argument) and prints its cost. If the cost is not reliable, prints why and returns false.
bool report_cost(void (*function)(void*), void* argument);

}  // namespace firmware
