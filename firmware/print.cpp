// SPDX-License-Identifier: Apache-2.0
#include "print.h"

namespace firmware {
namespace {

constexpr uint64_t kPowersOfTen[] = {
    10000000000000000000ull,
    1000000000000000000ull,
    100000000000000000ull,
    10000000000000000ull,
    1000000000000000ull,
    100000000000000ull,
    10000000000000ull,
    1000000000000ull,
    100000000000ull,
    10000000000ull,
    1000000000u,
    100000000u,
    10000000u,
    1000000u,
    100000u,
    10000u,
    1000u,
    100u,
    10u,
    1u,
};

}  // namespace

// Subtracts instead of dividing: 64-bit division is a library function, which would count as the model's code.
void print(uint64_t number) {
  char digits[21];
  char* next = digits;
  for (const uint64_t power : kPowersOfTen) {
    char digit = '0';
    for (; number >= power; number -= power) ++digit;
    if (digit != '0' || next != digits || power == 1) *next++ = digit;
  }
  *next = 0;
  print(digits);
}

void print(int32_t number) {
  if (number < 0) print("-");
  const uint32_t bits = static_cast<uint32_t>(number);
  print(uint64_t{number < 0 ? 0u - bits : bits});
}

void print_hex(uint32_t number) {
  char digits[9];
  for (int i = 7; i >= 0; --i, number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
  digits[8] = 0;
  print(digits);
}

}  // namespace firmware
