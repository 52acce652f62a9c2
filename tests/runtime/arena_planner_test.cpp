#include "runtime/arena_planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/philox.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/execution_plan.h"
#include "runtime/layer_runner.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

std::uint64_t rounded(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

// The most that is alive at one step: no plan can need less.
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
    const std::uint64_t total = place_buffers(buffers);
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
    EXPECT_EQ(place_buffers(buffers), largest_moment(buffers));
  }
}

TEST(ArenaPlanner, GivesEmptyBuffersNothing) {
  std::vector<PlannedBuffer> buffers(3);
  EXPECT_EQ(place_buffers(buffers), 0u);
  EXPECT_EQ(place_buffers({}), 0u);
}

// Tensors and scratch of a real network: input and output of each layer, and the front end's two small buffers.
TEST(ArenaPlanner, NeedsOnlyTheLargestMomentOfMicroAcdnet) {
  for (const char* route : {"fp32", "int8", "xnor"}) {
    const ModelFile file(serialize_model(test::acdnet_model(route, test::kMicroWidths, 10)), route);
    ExecutionPlan plan;
    ASSERT_EQ(make_plan(file.model(), Cpu::scalar(), plan), Status::kOk);
    ASSERT_TRUE(plan.front_end.used());
    const fb::Model& model = file.model();
    std::uint64_t most = 0;
    for (std::uint32_t i = 2; i < model.layers()->size(); ++i) {
      const fb::Layer& layer = *model.layers()->Get(i);
      most = std::max(most, rounded(tensor_bytes(input_tensor(model, layer))) +
                                rounded(tensor_bytes(output_tensor(model, layer))) +
                                rounded(layer_scratch_bytes(model, layer)));
    }
    EXPECT_EQ(plan.arena_bytes, most) << route;
    RecordProperty(std::string("arena_bytes_") + route, static_cast<int>(plan.arena_bytes));
  }
}

}  // namespace
}  // namespace stapes
