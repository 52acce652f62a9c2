// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "export/names.h"
#include "export/source_text.h"
#include "stapes/version.h"

namespace stapes {
namespace {

constexpr const char* kHeader = R"(   One input that is computed, not stored, and what comes out. */
#ifndef @NAME@_SELF_TEST_H_
#define @NAME@_SELF_TEST_H_

#include "@name@.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The input: value number `index`. */
@sample@ @name@_self_test_sample(uint32_t index);

#define @NAME@_LAYER_COUNT @layers@
extern const char* const @name@_layer_names[@NAME@_LAYER_COUNT];

/* FNV-1a, 32 bits, over all bytes that a layer reports to stapes_layer_end (compiled with STAPES_TRACE) during that
   window, by the definitions of the kernels. */
extern const uint32_t @name@_layer_checksums[@NAME@_LAYER_COUNT];

extern const @name@_score @name@_expected_scores[@NAME@_CLASS_COUNT];
@tolerance@
#ifdef __cplusplus
}
#endif

#endif
)";

constexpr const char* kTolerance = R"(
/* How far a score may be off: a ten-thousandth of the largest. A compiler may fuse a product and a sum. */
#define @NAME@_SELF_TEST_TOLERANCE @value@
)";

constexpr const char* kExact = R"(
namespace {

bool is_expected(@name@_score score, uint32_t c) { return score == @name@_expected_scores[c]; }
)";

constexpr const char* kNear = R"(
namespace {

bool is_expected(@name@_score score, uint32_t c) {
  const @name@_score off = score - @name@_expected_scores[c];
  return off <= @NAME@_SELF_TEST_TOLERANCE && -off <= @NAME@_SELF_TEST_TOLERANCE;  // of a NaN neither
}
)";

constexpr const char* kPushAll = R"(
// In blocks of an odd size, as a driver might give them.
void push_window(@name@_state* state, @name@_score* scores) {
  constexpr uint32_t kBlock = 37;
  int16_t block[kBlock];
  uint32_t next = 0;
  int ready = 0;
  @name@_reset(state);
  while (ready == 0) {
    for (uint32_t i = 0; i < kBlock; ++i) block[i] = @name@_self_test_sample(next + i);
    next += static_cast<uint32_t>(@name@_push(state, block, kBlock, scores, &ready));
  }
  @name@_reset(state);
}
)";

constexpr const char* kTest = R"(
}  // namespace

@sample@ @name@_self_test_sample(uint32_t index) { return @value@; }

int @name@_self_test(@name@_state* state) {
  @name@_score scores[@NAME@_CLASS_COUNT] = {};
@score@
  for (uint32_t c = 0; c < @NAME@_CLASS_COUNT; ++c) {
    if (!is_expected(scores[c], c)) return 1 + static_cast<int>(c);
  }
  return 0;
}
)";

constexpr const char* kScoreStream = R"(  if (state->hop_samples > 0) {
    push_window(state, scores);
  } else {
    @name@_run_from(state, @name@_self_test_sample, scores);
  })";

void replace(std::string& text, std::string_view mark, std::string_view by) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), by);
}

std::string layer_names(const ExportPlan& plan) {
  std::string text = with_name("\nconst char* const @name@_layer_names[@NAME@_LAYER_COUNT] = {\n", plan);
  for (const fb::Layer* layer : *plan.model().layers())
    text += fmt::format("    {},\n", c_string(layer->name()->string_view()));
  return text + "};\n";
}

std::string expected(const ExportPlan& plan, const SelfTestVectors& vectors) {
  const CArray sums = c_array("", std::span<const std::uint32_t>(vectors.checksums));
  const CArray scores = plan.has_float_scores() ? c_array("", std::span<const float>(vectors.float_scores))
                                                : c_array("", std::span<const std::int32_t>(vectors.integer_scores));
  return with_name(fmt::format("\nconst uint32_t @name@_layer_checksums[@NAME@_LAYER_COUNT] = {{\n{}}};\n"
                               "\nconst @name@_score @name@_expected_scores[@NAME@_CLASS_COUNT] = {{\n{}}};\n",
                               sums.values, scores.values),
                   plan);
}

// Of float scores; empty for others, which must match bit for bit.
std::string tolerance(const SelfTestVectors& vectors) {
  if (vectors.float_scores.empty()) return "";
  float largest = 0;
  for (const float score : vectors.float_scores) largest = std::max(largest, std::abs(score));
  std::string text = kTolerance;
  replace(text, "@value@", fmt::format("{:.9e}f", largest * 1e-4f));
  return text;
}

}  // namespace

std::string self_test_header(const ExportPlan& plan, const SelfTestVectors& vectors) {
  std::string text = kHeader;
  replace(text, "@layers@", std::to_string(plan.layers().size()));
  replace(text, "@tolerance@", tolerance(vectors));
  return fmt::format(
             "/* {}_self_test.h: whether it computes here what it computed where it was made. Written by stapes "
             "{}; do not edit.\n",
             plan.name(), STAPES_VERSION_STRING) +
         with_name(text, plan);
}

std::string self_test_source(const ExportPlan& plan, const SelfTestVectors& vectors) {
  std::string text =
      with_name("#include \"@name@_self_test.h\"\n\n#include \"export/device/self_test_sample.h\"\n", plan);
  text += kernel_alias(plan) + layer_names(plan) + expected(plan, vectors);
  std::string test = plan.has_float_scores() ? kNear : kExact;
  if (plan.streams()) test += kPushAll;
  test += kTest;
  // Features are the upper bytes of the sound, as in the host's run_pcm().
  replace(test, "@value@",
          plan.takes_features() ? "static_cast<int8_t>(stapes::self_test_sample(index) >> 8)"
                                : "stapes::self_test_sample(index)");
  replace(test, "@score@",
          plan.streams() ? kScoreStream : "  @name@_run_from(state, @name@_self_test_sample, scores);");
  return first_line(plan.name() + "_self_test.cpp", "what the self-test must give") + text + with_name(test, plan);
}

}  // namespace stapes
