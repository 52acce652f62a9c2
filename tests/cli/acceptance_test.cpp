// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run_program.h"
#include "compress/pack.h"
#include "evaluate/evaluation.h"
#include "import/acdnet_import.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/shared_data.h"

namespace stapes::test {
namespace {

constexpr const char* kWeights = "weights/micro_acdnet_esc10_fold4.pt";
constexpr std::size_t kClasses = 10, kWindow = 30225;

TEST(Acceptance, PackedMicroGivesThePublishedLogits) {
  STAPES_NEEDS_TEST_DATA(kWeights);
  const TrainedNetwork network = network_from_state_dict(read_state_dict(test_data_dir() / kWeights), 20000, 30225);
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(pack_network(network)), "micro"));
  const auto crops = read_golden<float>("crops.f32"), want = read_golden<float>("micro_fp_logits.f32");
  ASSERT_EQ(crops.size(), 4 * kWindow);
  // A sum of n terms is rounded n times, each time by up to 2^-24 of its size with a random sign: sqrt(n) * 2^-24. The
  // longest sum has 603 terms, and 13 layers run in sequence: sqrt(13 * 603) * 2^-24 = 5.3e-6 of the largest logit.
  const float largest =
      std::abs(*std::max_element(want.begin(), want.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
  for (std::size_t clip = 0; clip < 4; ++clip) {
    const auto logits = classifier.run(std::span(crops).subspan(clip * kWindow, kWindow));
    for (std::size_t c = 0; c < kClasses; ++c)
      EXPECT_NEAR(logits[c], want[clip * kClasses + c], 5.3e-6f * largest) << clip << ", " << c;
  }
}

struct Expected {
  std::string clip;
  std::vector<double> probabilities;
};

std::vector<Expected> read_expected(const std::filesystem::path& csv) {
  std::ifstream in(csv);
  std::string line;
  std::getline(in, line);  // header
  std::vector<Expected> all;
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    Expected row;
    std::getline(cells, row.clip, ',');
    for (std::string cell; std::getline(cells, cell, ',');) row.probabilities.push_back(std::stod(cell));
    all.push_back(row);
  }
  return all;
}

TEST(Acceptance, ClassifyDecidesAsThePublishedNetwork) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50/audio");
  constexpr std::size_t kEvery = 8;  // 10 of the 80 clips
  const TempDir folder;
  const std::string model = (folder / "micro.stapes").string();
  ASSERT_EQ(run_stapes({"import-torch", (test_data_dir() / kWeights).string(), "-o", model}).status, 0);
  const auto expected = read_expected(test_data_dir() / "weights/micro_acdnet_esc10_fold4.expected.csv");
  ASSERT_EQ(expected.size(), 80u);
  std::vector<std::string> arguments = {"classify", model, "--json"};
  for (std::size_t i = 0; i < expected.size(); i += kEvery) {
    arguments.push_back((test_data_dir() / "data/ESC-50/audio" / (expected[i].clip + ".ogg")).string());
  }
  const Outcome outcome = run_stapes(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto results = nlohmann::json::parse(outcome.out);
  ASSERT_EQ(results.size(), expected.size() / kEvery);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& want = expected[i * kEvery].probabilities;
    const auto best = std::max_element(want.begin(), want.end());
    EXPECT_EQ(results[i].at("label"), fmt::format("class_{}", best - want.begin())) << expected[i * kEvery].clip;
    // The expected values come from another resampler and decoder, and are at most 0.0018 off. A wrong crop or channel
    // mix has a larger effect.
    EXPECT_NEAR(results[i].at("probability").get<double>(), *best, 0.005) << expected[i * kEvery].clip;
  }
}

}  // namespace
}  // namespace stapes::test
