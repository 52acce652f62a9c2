// SPDX-License-Identifier: Apache-2.0
// cost.h: the cost of one call: instructions and stack on an emulated core, time on the host.
#pragma once

#include <stdint.h>

namespace firmware {

// Calls function(argument) and prints its cost. If the cost is not reliable, prints why and returns false.
bool report_cost(void (*function)(void*), void* argument);

}  // namespace firmware
