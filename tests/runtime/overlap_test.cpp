// SPDX-License-Identifier: Apache-2.0
#include "runtime/overlap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/philox.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/arena_layout.h"
#include "runtime/guarded_run.h"
#include "runtime/layer_collector.h"
#include "runtime/layer_runner.h"
#include "runtime/row_bands.h"
#include "support/layer_by_layer.h"
#include "support/random_packed_graph.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::GuardedRun;

constexpr std::uint64_t kGraphs = 250;

// How many outputs of executed plans overlap their input, by direction.
struct Seen {
  int below = 0, above = 0, same_place = 0, bands = 0;
};

// A graph, and its layers' outputs on separate buffers.
class Graph {
 public:
  explicit Graph(std::uint64_t seed) : file_(serialize_model(test::RandomPackedGraph(seed).build()), "random") {
    wave_ = test::tiny_wave(static_cast<int>(seed), model().window_samples());
    std::vector<std::byte> input(tensor_bytes(*model().tensors()->Get(0)));
    load_samples({.real = wave_.data()}, 0, wave_.size(), sample_format(*model().tensors()->Get(0)), input.data());
    want_ = test::run_layer_by_layer(model(), input, Cpu::scalar());
  }

  const fb::Model& model() const { return file_.model(); }

  void expect_same_bits(ExecutionPlan plan) const {
    GuardedRun run(plan);
    for (int time = 0; time < 2; ++time) {
      LayerCollector collector(model());
      run.run(wave_, &collector);
      for (std::size_t i = plan.front_end.layers; i < model().layers()->size(); ++i) {
        const auto& whole = want_[static_cast<std::size_t>(plan.layer(i).output())];
        const auto& got = collector.bytes(static_cast<int>(i));
        ASSERT_LE(got.size(), whole.size());
        ASSERT_TRUE(std::equal(got.begin(), got.end(), whole.begin())) << "layer " << i;
        if (plan.in_rows[i]) continue;  // a band skips rows that no layer reads
        ASSERT_EQ(got.size(), whole.size()) << "layer " << i;
      }
    }
  }

 private:
  ModelFile file_;
  std::vector<float> wave_;
  std::vector<std::vector<std::byte>> want_;
};

void count_overlaps(const ExecutionPlan& plan, Seen& seen) {
  for (std::size_t first = 0, last = 0; first < plan.model->layers()->size(); first = last + 1) {
    last = last_of_step(plan, first);
    if (plan.front_end.has(first)) continue;
    const std::size_t bytes = tensor_bytes(output_tensor(*plan.model, plan.layer(last)));
    const auto to = plan.tensor_offset[static_cast<std::size_t>(plan.layer(last).output())];
    for (const std::int32_t input : *plan.layer(first).inputs()) {
      const auto from = plan.tensor_offset[static_cast<std::size_t>(input)];
      const std::size_t from_bytes = tensor_bytes(*plan.model->tensors()->Get(static_cast<std::uint32_t>(input)));
      if (to >= from + from_bytes || from >= to + bytes) continue;
      ++(last > first ? seen.bands : to < from ? seen.below : to > from ? seen.above : seen.same_place);
    }
  }
}

// Random rows per call for every step that can overwrite its input.
void overwrite_in_any_rows(Philox& rng, ExecutionPlan& plan) {
  for (std::size_t first = 0, last = 0; first < plan.model->layers()->size(); first = last + 1) {
    last = last_of_step(plan, first);
    const auto height = static_cast<std::uint32_t>(output_tensor(*plan.model, plan.layer(last)).height());
    for (std::uint32_t i = 0; i < plan.layer(first).inputs()->size(); ++i) {
      if (can_overwrite(plan, first, last, i))
        plan.rows_over_input[last] = static_cast<std::uint16_t>(1 + rng.below(height));
    }
  }
}

class Overlaps : public testing::TestWithParam<Isa> {
 protected:
  // Host kernels run whole layers by default. Overlaps must be safe for them, too.
  static ExecutionPlan plan_of(const fb::Model& model, const Cpu& cpu) {
    ExecutionPlan plan;
    EXPECT_EQ(make_plan(model, cpu, plan), Status::kOk);
    plan.overwrites = true;
    return plan;
  }
};

TEST_P(Overlaps, ChangeNoBitOfRandomGraphs) {
  if (!Cpu::detect().can_run(GetParam())) GTEST_SKIP() << "not on this processor";
  const Cpu cpu = Cpu::detect().limited_to(GetParam());
  Seen seen;
  for (std::uint64_t seed = 1; seed <= kGraphs; ++seed) {
    SCOPED_TRACE(seed);
    Philox rng(seed, Philox::Purpose::kTest);
    const Graph graph(seed);
    ExecutionPlan plan = plan_of(graph.model(), cpu);
    for (int variation = 0; variation < 4; ++variation) {
      for (std::size_t i = plan.front_end.layers; variation > 0 && i < graph.model().layers()->size(); ++i) {
        plan.in_rows[i] = can_hold_rows(graph.model(), i) && rng.below(4) == 0;
        if (i >= kMaxBandLayers &&
            std::all_of(&plan.in_rows[i - kMaxBandLayers + 1], &plan.in_rows[i], [](bool b) { return b; }))
          plan.in_rows[i] = false;
      }
      ASSERT_EQ(lay_out(cpu, plan), Status::kOk);
      count_overlaps(plan, seen);
      graph.expect_same_bits(plan);
      if (HasFatalFailure()) return;
      ExecutionPlan other = plan;
      other.overwrites = false;  // picks the kernels for whole layers
      ASSERT_EQ(lay_out(cpu, other), Status::kOk);
      other.overwrites = true;
      overwrite_in_any_rows(rng, other);
      ASSERT_EQ(place_arena(other), Status::kOk);
      count_overlaps(other, seen);
      graph.expect_same_bits(other);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(seen.below, 100);
  EXPECT_GT(seen.above, 100);
  EXPECT_GT(seen.same_place, 20);
  EXPECT_GT(seen.bands, 100);
}

INSTANTIATE_TEST_SUITE_P(OfEveryIsa, Overlaps,
                         testing::Values(Isa::kScalar, Isa::kPlain, Isa::kAvx2, Isa::kAvx512Vnni, Isa::kNeon,
                                         Isa::kNeonDot),
                         [](const auto& info) {
                           std::string name = to_string(info.param);
                           std::erase(name, '-');
                           return name;
                         });

// Same size, one row per call. Row y reads rows y - 1, y and y + 1, so the output starts two rows below the input.
TEST(Overlap, OfA3x3ConvolutionIsTwoRows) {
  const ModelFile file(serialize_model(test::tiny_residual_int8()), "residual");
  ExecutionPlan plan;
  ASSERT_EQ(make_plan(file.model(), Cpu::scalar(), plan), Status::kOk);
  // stem, block1conv1, block1conv2: 7 x 7 x 34
  EXPECT_FALSE(can_overwrite(plan, 1, 1, 0)) << "the addition reads it too";
  ASSERT_TRUE(can_overwrite(plan, 2, 2, 0));
  const Overlap overlap = overlap_of(plan, 2, 2, 1);
  EXPECT_EQ(overlap.below, 2 * 7 * 34);
  EXPECT_EQ(overlap.above, 2 * 7 * 34);
  EXPECT_FALSE(overlap.same_place);
  EXPECT_EQ(overlap_of(plan, 2, 2, 3).below, 3 * 7 * 34) << "3, 2 and 2 rows";
  EXPECT_EQ(overlap_of(plan, 2, 2, 7).below, 7 * 7 * 34) << "in one call it overwrites nothing";
  ASSERT_TRUE(can_overwrite(plan, 3, 3, 0) && can_overwrite(plan, 3, 3, 1));
  EXPECT_TRUE(overlap_of(plan, 3, 3, 1).same_place) << "an addition";
}

TEST(Overlap, IsForSmallCores) {
  const ModelFile file(serialize_model(test::tiny_residual_int8()), "residual");
  ExecutionPlan whole, plan;
  ASSERT_EQ(make_plan(file.model(), Cpu::scalar(), plan), Status::kOk);
  EXPECT_TRUE(plan.overwrites);
  ASSERT_EQ(make_plan(file.model(), Cpu::having(Isa::kAvx2), whole), Status::kOk);
  EXPECT_FALSE(whole.overwrites);
  for (const auto rows : whole.rows_over_input) EXPECT_EQ(rows, 0);
  EXPECT_LT(plan.arena_bytes, whole.arena_bytes);
}

}  // namespace
}  // namespace stapes
