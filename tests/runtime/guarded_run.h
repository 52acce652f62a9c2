// SPDX-License-Identifier: Apache-2.0
// guarded_run.h: runs a plan with memory of exactly the given sizes, filled with a pattern.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "kernels/variant_runner.h"
#include "runtime/execution_plan.h"

namespace stapes::test {

class GuardedRun {
 public:
  explicit GuardedRun(ExecutionPlan& plan) : plan_(plan), arena_(plan.arena_bytes), prepared_(plan.prepared_bytes) {
    plan_.arena = arena_.data();
    prepare_weights(plan_, prepared_.data());
  }
  std::vector<float> run(const std::vector<float>& wave, LayerObserver* observer) {
    std::vector<float> scores(plan_.model->labels()->size());
    execute(plan_, {.real = wave.data()}, scores.data(), observer);
    EXPECT_TRUE(arena_.border_is_whole() && prepared_.border_is_whole()) << "wrote past its memory";
    return scores;
  }

 private:
  ExecutionPlan& plan_;
  GuardedBytes arena_, prepared_;
};

}  // namespace stapes::test
