// SPDX-License-Identifier: Apache-2.0
// The parts of the Arduino core that exported sketches use.
#pragma once

#include <stddef.h>
#include <stdint.h>

extern "C" int printf(const char* format, ...);

struct SerialPort {
  void begin(long) {}
  explicit operator bool() const { return true; }
  void print(const char* text) { printf("%s", text); }
  void print(char c) {
    const char text[2] = {c, 0};
    printf("%s", text);
  }
  void print(int number) { printf("%d", number); }
  void println(const char* text) { printf("%s\n", text); }
  void println(unsigned long number) { printf("%d\n", static_cast<int>(number)); }
};
static SerialPort Serial;

inline unsigned long millis() { return 0; }
