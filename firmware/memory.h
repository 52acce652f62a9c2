// SPDX-License-Identifier: Apache-2.0
// memory.h: sets up memory for main(). Symbols: sections.ld.
#pragma once

#include <stdint.h>

extern "C" {
extern uint32_t firmware_stack_limit[], firmware_stack_top[];
extern uint32_t firmware_data_start[], firmware_data_end[], firmware_data_load[];
extern uint32_t firmware_bss_start[], firmware_bss_end[];
}

namespace firmware {

// Sets variables to their initial values or 0. volatile keeps the compiler from calling memcpy or memset, which would
// count as the model's code.
inline void prepare_memory() {
  const volatile uint32_t* from = firmware_data_load;
  for (volatile uint32_t* to = firmware_data_start; to < firmware_data_end; ++to, ++from) *to = *from;
  for (volatile uint32_t* to = firmware_bss_start; to < firmware_bss_end; ++to) *to = 0;
}

constexpr uintptr_t kFaulted = 3;  // exit status

}  // namespace firmware
