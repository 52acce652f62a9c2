// SPDX-License-Identifier: Apache-2.0
// The Arduino tools compile a sketch as C++, with Arduino.h before it.
#include "Arduino.h"

#include STAPES_SKETCH

extern "C" void run_sketch(void) {
  setup();
  for (int i = 0; i < 1000; ++i) loop();
}
