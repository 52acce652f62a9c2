// SPDX-License-Identifier: Apache-2.0
// training_run.h: training runs of about a second.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "train/training_clips.h"

namespace stapes::test {

class Training : public testing::Test {
 protected:
  void SetUp() override {
#ifndef STAPES_HAS_TRAINING
    GTEST_SKIP() << "this build has no stapes-train";
#endif
    write_tones(dir_ / "tones", 60);
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  // `more` adds or replaces options.
  std::vector<std::string> train(const std::string& run, int epochs, const std::vector<std::string>& more = {}) const {
    std::map<std::string, std::string> options = {{"--samples", "2000"},
                                                  {"--batch", "8"},
                                                  {"--threads", "2"},
                                                  {"--model", "widths:4,8,6,6,6,8,8,8,8,8,8,8"},
                                                  {"--checkpoint-seconds", "0"},  // a checkpoint after every epoch
                                                  {"--epochs", std::to_string(epochs)},
                                                  {"-o", path(run)}};
    std::vector<std::string> arguments = {"train", path("tones"), "-q"};
    for (std::size_t i = 0; i < more.size(); ++i) {
      const bool has_value = i + 1 < more.size() && !more[i + 1].starts_with("--");
      if (has_value) {
        options[more[i]] = more[i + 1];
        ++i;
      } else {
        arguments.push_back(more[i]);
      }
    }
    for (const auto& [name, value] : options) arguments.insert(arguments.end(), {name, value});
    return arguments;
  }

  TempDir dir_;
};

}  // namespace stapes::test
