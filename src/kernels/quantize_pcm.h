// SPDX-License-Identifier: Apache-2.0
// quantize_pcm.h: converts PCM to the int8 values of an input tensor, without floating point.
//
// q = quantize_f32(pcm / 32768) never decreases as pcm increases, so a table of steps suffices: q = lowest + number of
// entries <= pcm.
#pragma once

#include <stdint.h>

namespace stapes {

struct PcmSteps {
  const int16_t* steps;  // [count], ascending; a sample may occur several times
  int32_t count;         // at most 255
  int32_t lowest;        // q of -32768
};

static inline int8_t quantize_pcm(int16_t pcm, const PcmSteps& table) {
  int32_t below = 0, end = table.count;  // steps before `below` are <= pcm, steps from `end` are > pcm
  while (below < end) {
    const int32_t middle = (below + end) / 2;
    if (table.steps[middle] <= pcm) {
      below = middle + 1;
    } else {
      end = middle;
    }
  }
  return static_cast<int8_t>(table.lowest + below);
}

}  // namespace stapes
