// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "packed/check_model.h"
#include "packed/container.h"

namespace stapes {

bool same_shape(const fb::Tensor& a, const fb::Tensor& b) {
  return a.height() == b.height() && a.width() == b.width() && a.channels() == b.channels();
}

bool same_scale(const fb::Tensor& a, const fb::Tensor& b) {
  return a.scale() == b.scale() && a.zero_point() == b.zero_point();
}

Finding check_thresholds(const fb::Thresholds& t, std::int32_t channels) {
  if (!has_length(t.threshold(), channels)) return corrupt("wrong number of thresholds");
  if (t.falling() == nullptr) return {};
  if (!has_length(t.falling(), channels)) return corrupt("wrong number of falling flags");
  for (const std::uint8_t flag : *t.falling()) {
    if (flag > 1) return corrupt("a falling flag is neither 0 nor 1");
  }
  return {};
}

Finding check_factor(std::int32_t multiplier, std::int32_t shift, std::int64_t sum) {
  const bool normal = multiplier >= (1 << 30) && shift >= -31 && shift <= 30;
  const bool zero = multiplier == 0 && shift == 0;
  if (!normal && !zero) return corrupt("multiplier or shift out of range");
  if (sum > kMaxRescaledSum >> (shift > 0 ? shift : 0)) return corrupt("the sums of this layer overflow");
  return {};
}

bool all_finite(const flatbuffers::Vector<float>& values) {
  for (const float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

bool is_aligned(const void* data) { return reinterpret_cast<std::uintptr_t>(data) % kContainerAlign == 0; }

}  // namespace stapes
