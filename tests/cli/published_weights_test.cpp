// SPDX-License-Identifier: Apache-2.0
// The published networks on their clips: import, import-torch, quantize and eval.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_program.h"
#include "support/sanitizers.h"
#include "support/shared_data.h"

namespace stapes::test {
namespace {

#define STAPES_NEEDS_SPEED()                                                                         \
  if (kAddressSanitizer) {                                                                           \
    GTEST_SKIP() << "hundreds of clips take minutes under the sanitizer; the release build does it"; \
  }                                                                                                  \
  static_cast<void>(0)

// ESC-50 with some of its clips. Columns: filename,fold,target,category,esc10,...
void link_clips(const std::filesystem::path& from, const std::set<std::string>& folds, bool esc10_only,
                const std::filesystem::path& to) {
  std::filesystem::create_directories(to / "meta");
  std::filesystem::create_directory_symlink(from / "audio", to / "audio");
  std::ifstream in(from / "meta/esc50.csv");
  std::ofstream out(to / "meta/esc50.csv");
  std::string line;
  for (bool header = true; std::getline(in, line); header = false) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
    if (header || (folds.contains(cells.at(1)) && (!esc10_only || cells.at(4) == "True"))) out << line << '\n';
  }
}

// "esc10" needs all 50 labels, but this data set has fewer.
constexpr const char* kEsc10 = "0,10,11,20,38,21,40,41,1,12";

class PublishedWeights : public testing::Test {
 protected:
  void import(const std::set<std::string>& folds, bool esc10_only, const std::string& rate) {
    link_clips(std::filesystem::absolute(test_data_dir() / "data/ESC-50"), folds, esc10_only, dir_ / "esc50");
    const Outcome done =
        run_stapes({"data", "import", "esc50", (dir_ / "esc50").string(), "--sample-rate", rate, "-o", path("data")});
    ASSERT_EQ(done.status, 0) << done.err;
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  int correct(const std::string& model, const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"eval", path(model), path("data"), "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome done = run_stapes(arguments);
    EXPECT_EQ(done.status, 0) << done.err;
    return done.status == 0 ? nlohmann::json::parse(done.out).at("correct").get<int>() : -1;
  }

  TempDir dir_;
};

TEST_F(PublishedWeights, MicroGetsAll80ClipsAndItsInt8FormAtMostOneLess) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50/audio");
  STAPES_NEEDS_SPEED();
  import({"3", "4"}, true, "20000");
  const std::string weights = (test_data_dir() / "weights/micro_acdnet_esc10_fold4.pt").string();
  ASSERT_EQ(run_stapes({"import-torch", weights, "-o", path("micro.stapes")}).status, 0);
  EXPECT_EQ(correct("micro.stapes", {"--classes", kEsc10, "--fold", "4"}), 80);
  ASSERT_EQ(run_stapes({"quantize", path("micro.stapes"), "--data", path("data"), "--classes", kEsc10, "--fold", "4",
                        "--calibration", "100", "-o", path("int8.stapes")})
                .status,
            0);
  EXPECT_GE(correct("int8.stapes", {"--classes", kEsc10, "--fold", "4"}), 79);
}

// The published figure is 316 of 400, plus or minus 4. We measure 334 with the same weights. Neither trimming (331
// without) nor bandwidth (329 through 20 kHz, 313 through 16 kHz) explains the difference (docs/studies/results.md).
// The bounds are the published minimum and the permitted drift of our own figure.
TEST_F(PublishedWeights, Acdnet20At44KhzGetsAtLeastThePublishedFigure) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50/audio");
  STAPES_NEEDS_SPEED();
  import({"2"}, false, "44100");
  const std::string weights = (test_data_dir() / "weights/acdnet20_44khz_esc50_fold2.pt").string();
  ASSERT_EQ(run_stapes({"import-torch", weights, "--sample-rate", "44100", "--samples", "66650", "-o",
                        path("acdnet20.stapes")})
                .status,
            0);
  const int got = correct("acdnet20.stapes", {"--fold", "2"});
  EXPECT_GE(got, 316 - 4);
  EXPECT_NEAR(got, 334, 4);
}

}  // namespace
}  // namespace stapes::test
