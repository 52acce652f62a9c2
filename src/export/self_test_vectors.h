// SPDX-License-Identifier: Apache-2.0
// self_test_vectors.h: the expected results of an export's self-test.
#pragma once

#include <cstdint>
#include <vector>

#include "export/export_plan.h"

namespace stapes {

// Results for one window of self_test_sample(), computed by the scalar kernels in the bands of the exported plan.
struct SelfTestVectors {
  std::vector<std::uint32_t> checksums;  // per layer: FNV-1a over its output in the order written
  std::vector<std::int32_t> integer_scores;
  std::vector<float> float_scores;  // either these or integer_scores are empty
};

SelfTestVectors self_test_vectors(const ExportPlan& plan);

// Continues a 32-bit FNV-1a hash with more bytes; start with kFnvStart.
inline constexpr std::uint32_t kFnvStart = 2166136261u;
std::uint32_t fnv1a(std::uint32_t sum, const void* bytes, std::size_t count);

}  // namespace stapes
