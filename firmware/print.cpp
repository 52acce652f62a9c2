#include "print.h"

namespace firmware {

void print(uint64_t number) {
  char digits[21];
  char* first = digits + sizeof digits - 1;
  *first = 0;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  print(first);
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
