// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "cli/run_program.h"

namespace stapes::test {
namespace {

constexpr const char* kPools = R"(name = "pools"
input = "image"
[[block]]
nodes = [
  { name = "stem", op = "conv", kernel = 4, stride = 2, pad = "same", filters = 8 },
  { name = "overlap", op = "max-pool", pool = 3, stride = 2, pad = [0, 1, 0, 1] },
  { name = "mean", op = "average-pool", pool = 2 },
  { name = "last", op = "conv", kernel = 3, pad = 1, filters = 6, pool = "halve" },
  { name = "pool", op = "global-pool" },
  { name = "head", op = "linear" },
]
)";

TEST(NetworkCommand, ShowsWindowsAndOutputsOfPools) {
  const TempDir dir;
  const auto path = (dir / "pools.toml").string();
  write_text_file(path, kPools, Existing::kReplace);
  const Outcome shown = run_stapes({"network", path, "--size", "32"});
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, testing::ContainsRegex("stem +4x4 /2x2 \\+1x1\\.\\.2x2 +16x16x8 "));
  EXPECT_THAT(shown.out, testing::ContainsRegex("overlap +max 3x3 /2x2 \\+0x0\\.\\.1x1 +8x8x8 "));
  EXPECT_THAT(shown.out, testing::ContainsRegex("mean +mean 2x2 +4x4x8 "));
  EXPECT_THAT(shown.out, testing::ContainsRegex("last +3x3 \\+1x1, max 2x2 +2x2x6 "));
}

TEST(NetworkCommand, SaysWhyItDoesNotKnowThePackedSize) {
  const Outcome large = run_stapes({"network", "resnet18", "--size", "256"});
  ASSERT_EQ(large.status, 0) << large.err;
  EXPECT_THAT(large.out,
              testing::EndsWith("\nint8:   not computed above 4 GMACs\nbinary: not computed above 4 GMACs\n"));
}

TEST(SearchCommand, PrintsAndWritesWhatItFinds) {
  const TempDir dir;
  write_text_file(dir / "pools.toml", kPools, Existing::kRefuse);
  const auto space = (dir / "space.toml").string(), found = (dir / "found").string();
  write_text_file(space,
                  "name = \"pools\"\nform = \"int8\"\nnetworks = [\"" + (dir / "pools.toml").string() +
                      "\"]\n[widths]\nstem = [4, 8]\n[budget]\nflash = \"1M\"\n",
                  Existing::kRefuse);
  const Outcome printed = run_stapes({"search", space, "-o", found});
  ASSERT_EQ(printed.status, 0) << printed.err;
  EXPECT_THAT(printed.out, testing::ContainsRegex("pools-1 +[0-9]+ +[0-9]+ +[0-9.]+ +8,6\n"));
  EXPECT_THAT(printed.out, testing::HasSubstr("2 combinations, 2 within the limits on memory and MACs\n"));
  const Outcome json = run_stapes({"search", space, "--json"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("networks")[0].at("widths"), (std::vector<int>{8, 6}));
  const Outcome network = run_stapes({"network", found + "/pools-1.toml", "--size", "32"});
  EXPECT_EQ(network.status, 0) << network.err;
  const Outcome again = run_stapes({"search", space, "-o", found});
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.err, testing::HasSubstr("found"));
}

}  // namespace
}  // namespace stapes::test
