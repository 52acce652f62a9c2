// SPDX-License-Identifier: Apache-2.0
#include "export/pcm_steps.h"

#include "runtime/front_end.h"

namespace stapes {
namespace {

std::int32_t quantized(std::int32_t pcm, const fb::Tensor& input) {
  const auto sample = static_cast<std::int16_t>(pcm);
  std::byte q;
  load_samples({.pcm = &sample}, 0, 1, sample_format(input), &q);
  return static_cast<std::int8_t>(q);
}

}  // namespace

PcmStepTable pcm_steps(const fb::Tensor& input) {
  PcmStepTable table{{}, quantized(INT16_MIN, input)};
  std::int32_t reached = table.lowest;
  for (std::int32_t pcm = INT16_MIN; pcm <= INT16_MAX; ++pcm) {
    for (const std::int32_t q = quantized(pcm, input); reached < q; ++reached) {
      table.steps.push_back(static_cast<std::int16_t>(pcm));
    }
  }
  return table;
}

}  // namespace stapes
