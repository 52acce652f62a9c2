// SPDX-License-Identifier: Apache-2.0
#include "runtime/arena_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/philox.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/arena_layout.h"
#include "runtime/execution_plan.h"
#include "runtime/layer_runner.h"
#include "runtime/row_bands.h"
#include "stapes/classifier.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

constexpr std::uint64_t kAlign = 64;

std::uint64_t rounded(std::uint64_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

// The most live bytes of any step: a lower bound for any plan.
std::uint64_t largest_moment(const std::vector<PlannedBuffer>& buffers) {
  std::uint64_t most = 0;
  for (int step = 0; step < 300; ++step) {
    std::uint64_t alive = 0;
    for (const auto& b : buffers) alive += b.first_step <= step && step <= b.last_step ? rounded(b.bytes) : 0;
    most = std::max(most, alive);
  }
  return most;
}

void expect_no_overlap(const std::vector<PlannedBuffer>& buffers, std::uint64_t total) {
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const auto& a = buffers[i];
    EXPECT_EQ(a.offset % 64, 0u);
    EXPECT_LE(a.offset + a.bytes, total);
    for (std::size_t j = 0; j < i; ++j) {
      const auto& b = buffers[j];
      const bool together = a.first_step <= b.last_step && b.first_step <= a.last_step;
      const bool overlap = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      EXPECT_FALSE(together && overlap) << i << " and " << j;
    }
  }
}

TEST(ArenaPlanner, KeepsLivingBuffersApart) {
  Philox rng(4, Philox::Purpose::kTest);
  for (int round = 0; round < 200; ++round) {
    std::vector<PlannedBuffer> buffers(1 + rng.below(40));
    for (auto& b : buffers) {
      b.bytes = rng.below(3000);
      b.first_step = static_cast<int>(rng.below(20));
      b.last_step = b.first_step + static_cast<int>(rng.below(6));
    }
    const std::uint64_t total = place_buffers(buffers, kAlign);
    expect_no_overlap(buffers, total);
    EXPECT_GE(total, largest_moment(buffers));
  }
}

TEST(ArenaPlanner, NeedsOnlyTheLargestMomentOfAChain) {
  Philox rng(5, Philox::Purpose::kTest);
  for (int round = 0; round < 200; ++round) {
    std::vector<PlannedBuffer> buffers(2 + rng.below(14));
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      buffers[i] = {
          .bytes = 1 + rng.below(5000), .first_step = static_cast<int>(i), .last_step = static_cast<int>(i) + 1};
    }
    EXPECT_EQ(place_buffers(buffers, kAlign), largest_moment(buffers));
  }
}

// Outputs may overlap inputs. There are branches, and tensors that only one step needs.
std::vector<PlannedBuffer> chain_of_overlaps(Philox& rng) {
  std::vector<PlannedBuffer> buffers(3 + rng.below(20));
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    PlannedBuffer& b = buffers[i];
    b.bytes = 1 + rng.below(5000);
    b.first_step = static_cast<int>(i);
    b.last_step = b.first_step + (rng.below(4) == 0 ? static_cast<int>(rng.below(4)) : 1);
  }
  for (std::size_t i = 1; i < buffers.size(); ++i) {
    if (buffers[i - 1].last_step != buffers[i].first_step || rng.below(4) == 0) continue;
    buffers[i].over[rng.below(2)] = static_cast<int>(i) - 1;
    Overlap& overlap = buffers[i].overlap;
    overlap.same_place = rng.below(4) == 0;
    if (rng.below(4) != 0) overlap.below = 1 + rng.below(6000);
    if (rng.below(4) != 0) overlap.above = rng.below(6000);
  }
  return buffers;
}

TEST(ArenaPlanner, KeepsOutputsOverTheirInputsAtADistance) {
  Philox rng(6, Philox::Purpose::kTest);
  int overlapping = 0;
  for (int round = 0; round < 500; ++round) {
    std::vector<PlannedBuffer> buffers = chain_of_overlaps(rng);
    const std::uint64_t total = place_buffers(buffers, kAlign);
    EXPECT_GE(total, stapes::largest_moment(buffers, kAlign).bytes);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      const PlannedBuffer& a = buffers[i];
      EXPECT_LE(a.offset + a.bytes, total);
      for (std::size_t j = 0; j < i; ++j) {
        const PlannedBuffer& b = buffers[j];
        const bool together = a.first_step <= b.last_step && b.first_step <= a.last_step;
        const bool apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        if (!together || apart) continue;
        ++overlapping;
        ASSERT_TRUE(a.over[0] == static_cast<int>(j) || a.over[1] == static_cast<int>(j)) << i << " and " << j;
        const auto distance = static_cast<std::int64_t>(a.offset) - static_cast<std::int64_t>(b.offset);
        EXPECT_TRUE(distance <= -a.overlap.below || distance >= a.overlap.above ||
                    (a.overlap.same_place && distance == 0));
      }
    }
  }
  EXPECT_GT(overlapping, 500);
}

// Ten outputs of 8000 bytes, each at least 640 bytes from its input. They alternate between two offsets and do not
// drift.
TEST(ArenaPlanner, GoesBackAndForthWithOutputsOverInputs) {
  std::vector<PlannedBuffer> buffers(10);
  for (int i = 0; i < 10; ++i) {
    buffers[static_cast<std::size_t>(i)] = {.bytes = 8000, .first_step = i, .last_step = i + 1};
    if (i > 0) buffers[static_cast<std::size_t>(i)].over[0] = i - 1;
    buffers[static_cast<std::size_t>(i)].overlap = {.below = 640, .above = 640};
  }
  EXPECT_EQ(place_buffers(buffers, kAlign), 8000u + 640);
}

TEST(ArenaPlanner, GivesEmptyBuffersNothing) {
  std::vector<PlannedBuffer> buffers(3);
  EXPECT_EQ(place_buffers(buffers, kAlign), 0u);
  EXPECT_EQ(place_buffers({}, kAlign), 0u);
}

ModelFile acdnet(const char* route, const test::AcdnetWidths& widths) {
  return {serialize_model(test::acdnet_model(route, widths, 50)), route};
}

// The slice, a column of each layer and all columns of the last layer are in use at once.
TEST(ArenaOfTheFrontEnd, HasRoomForAColumnOfEachLayer) {
  for (const char* name : {"waves1_int8", "waves3_fp32", "waves4_fp32", "waves4_int8"}) {
    const ModelFile file(serialize_model(test::tiny_model(name)), name);
    const fb::Model& model = file.model();
    ExecutionPlan plan;
    ASSERT_EQ(make_plan(model, Cpu::scalar(), plan), Status::kOk);
    const auto bytes_of = [&](std::uint32_t tensor, std::int32_t positions) {
      return static_cast<std::size_t>(positions) * position_bytes(*model.tensors()->Get(tensor));
    };
    std::map<std::size_t, std::size_t> taken = {{plan.tensor_offset[0], bytes_of(0, plan.front_end.wave_positions)}};
    for (std::uint32_t i = 0; i < plan.front_end.layers; ++i) {
      const bool last = i == plan.front_end.last();
      taken[plan.tensor_offset[i + 1]] = bytes_of(i + 1, last ? plan.front_end.columns : plan.front_end.positions[i]);
    }
    ASSERT_EQ(taken.size(), plan.front_end.layers + 1) << name;
    std::size_t end = 0;
    for (const auto& [offset, bytes] : taken) {
      EXPECT_GE(offset, end) << name;
      end = offset + bytes;
    }
    EXPECT_LE(end, plan.arena_bytes) << name;
  }
}

class ArenaOfAcdnet : public testing::TestWithParam<const char*> {};

// Without bands and overlapping outputs, the peak is the input, output and scratch of one layer.
TEST_P(ArenaOfAcdnet, IsTheLargestMomentOfTheLayers) {
  const ModelFile file = acdnet(GetParam(), test::kMicroWidths);
  const fb::Model& model = file.model();
  ExecutionPlan plan;
  ASSERT_EQ(make_plan(model, Cpu::scalar(), plan), Status::kOk);
  ASSERT_TRUE(plan.front_end.used());
  plan.in_rows = {};
  plan.overwrites = false;
  plan.align = kAlign;
  ASSERT_EQ(lay_out(Cpu::scalar(), plan), Status::kOk);
  std::uint64_t most = 0;
  for (std::uint32_t i = 2; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = *model.layers()->Get(i);
    most = std::max(most, rounded(tensor_bytes(input_tensor(model, layer))) +
                              rounded(tensor_bytes(output_tensor(model, layer))) +
                              rounded(layer_scratch_bytes(model, layer)));
  }
  EXPECT_EQ(plan.arena_bytes, most);
}

// The greedy choice is the best of all sets of tensors in rows.
TEST_P(ArenaOfAcdnet, IsTheLeastThatBandsCanGive) {
  for (const auto& widths : {test::kMicroWidths, test::kAcdnet20Widths, test::kAcdnetWidths}) {
    const ModelFile file = acdnet(GetParam(), widths);
    ExecutionPlan plan;
    ASSERT_EQ(make_plan(file.model(), Cpu::scalar(), plan), Status::kOk);
    std::vector<std::size_t> could;
    for (std::size_t i = 2; i < file.model().layers()->size(); ++i) {
      if (can_hold_rows(file.model(), i)) could.push_back(i);
    }
    ASSERT_EQ(could.size(), 10u);  // transpose and conv3 to conv11
    std::size_t least = plan.arena_bytes;
    for (unsigned set = 0; set < 1u << could.size(); ++set) {
      ExecutionPlan other = plan;
      for (std::size_t c = 0; c < could.size(); ++c) other.in_rows[could[c]] = (set >> c) % 2 == 1;
      ASSERT_EQ(lay_out(Cpu::scalar(), other), Status::kOk);
      least = std::min(least, other.arena_bytes);
    }
    EXPECT_EQ(plan.arena_bytes, least);
  }
}

INSTANTIATE_TEST_SUITE_P(Routes, ArenaOfAcdnet, testing::Values("fp32", "xnor", "int8"));

// 1.5 seconds at 20 kHz, in place and with the fast kernels of this machine. KB = 1000 bytes.
void expect_arena_within(const char* route, const test::AcdnetWidths& widths, std::size_t bytes) {
  const ModelFile file = acdnet(route, widths);
  for (const Cpu& cpu : {Cpu::scalar(), Cpu::detect()}) {
    ExecutionPlan plan;
    ASSERT_EQ(make_plan(file.model(), cpu, plan), Status::kOk);
    EXPECT_LE(plan.arena_bytes, bytes);
  }
}

TEST(ArenaTargets, MicroAcdnetInt8) { expect_arena_within("int8", test::kMicroWidths, 24'000); }
TEST(ArenaTargets, Acdnet20Int8) { expect_arena_within("int8", test::kAcdnet20Widths, 36'000); }
TEST(ArenaTargets, AcdnetXnor) { expect_arena_within("xnor", test::kAcdnetWidths, 24'000); }

// The figures of docs/explanation/runtime.md.
TEST(ArenaTargets, TheTableOfTheDocumentation) {
  const auto arena = [](const char* route, const test::AcdnetWidths& widths) {
    return Classifier::arena_bytes(acdnet(route, widths).blob());
  };
  EXPECT_EQ(arena("fp32", test::kMicroWidths), 42'096u);
  EXPECT_EQ(arena("int8", test::kMicroWidths), 10'544u);
  EXPECT_EQ(arena("xnor", test::kMicroWidths), 6'016u);
  EXPECT_EQ(arena("fp32", test::kAcdnet20Widths), 52'432u);
  EXPECT_EQ(arena("int8", test::kAcdnet20Widths), 13'120u);
  EXPECT_EQ(arena("xnor", test::kAcdnet20Widths), 6'448u);
  EXPECT_EQ(arena("fp32", test::kAcdnetWidths), 257'152u);
  EXPECT_EQ(arena("int8", test::kAcdnetWidths), 64'288u);
  EXPECT_EQ(arena("xnor", test::kAcdnetWidths), 12'080u);
}

}  // namespace
}  // namespace stapes
