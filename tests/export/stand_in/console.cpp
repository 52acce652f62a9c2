// SPDX-License-Identifier: Apache-2.0
// Runs a sample on an emulated board and prints for it. Ends with the line that src/emulate/image_output.h expects.
#include <stdarg.h>
#include <stdint.h>

#include "print.h"

namespace {

// Supports %s, %d and %%.
void print_formatted(const char* format, va_list arguments) {
  for (; *format != 0; ++format) {
    if (*format != '%') {
      const char text[2] = {*format, 0};
      firmware::print(text);
      continue;
    }
    ++format;
    if (*format == 's') firmware::print(va_arg(arguments, const char*));
    if (*format == 'd') firmware::print(static_cast<int32_t>(va_arg(arguments, int)));
    if (*format == '%') firmware::print("%");
  }
}

}  // namespace

extern "C" {

int printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_formatted(format, arguments);
  va_end(arguments);
  return 0;
}

void printk(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_formatted(format, arguments);
  va_end(arguments);
}

int puts(const char* text) {
  firmware::print(text);
  firmware::print("\n");
  return 0;
}

int putchar(int c) {
  const char text[2] = {static_cast<char>(c), 0};
  firmware::print(text);
  return c;
}

#if defined(STAND_IN_ESP_IDF)
void app_main(void);
static int run_sample() { return app_main(), 0; }
#elif defined(STAND_IN_ARDUINO)
void run_sketch(void);
static int run_sample() { return run_sketch(), 0; }
#else
int sample_main(void);  // the sample is compiled with -Dmain=sample_main
static int run_sample() { return sample_main(); }
#endif
}

int main() {
  const int status = run_sample();
  if (status == 0) firmware::print("end\n");
  return status;
}
