// SPDX-License-Identifier: Apache-2.0
// cost.h: what one call costs: instructions and stack on an emulated core, time on the host.
#pragma once

#include <stdint.h>

namespace firmware {

// Calls function(argument) and prints what it cost. False, with a line saying why, when that cannot be trusted.
bool report_cost(void (*function)(void*), void* argument);

}  // namespace firmware
