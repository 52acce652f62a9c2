/* SPDX-License-Identifier: Apache-2.0 */
/* The microphone of the tests: noise that swells, the same on every machine. */
#include <stddef.h>
#include <stdint.h>

size_t read_pcm(int16_t* pcm, size_t count) {
  enum { kSamples = 4000 };
  static uint32_t state = 1;
  static size_t given = 0;
  size_t i;
  for (i = 0; i < count && given < kSamples; ++i, ++given) {
    state = state * 1664525u + 1013904223u;
    pcm[i] = (int16_t)((int32_t)(state >> 16) - 32768) / (int16_t)(1 + given % 400 / 50);
  }
  return i;
}
