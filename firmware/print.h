// SPDX-License-Identifier: Apache-2.0
// print.h: prints words and integers for src/emulate. No stdio, no heap.
#pragma once

#include <stdint.h>

namespace firmware {

void print(const char* text);
void print(uint64_t number);  // decimal
void print(int32_t number);
void print_hex(uint32_t number);  // eight digits

}  // namespace firmware
