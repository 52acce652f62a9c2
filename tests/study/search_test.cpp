// SPDX-License-Identifier: Apache-2.0
#include "study/search/search.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "graph/graph_toml.h"
#include "study/search/search_plan.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// 2 x 2 combinations of conv4 and conv6; all other widths are fixed.
std::string space_text(const std::string& budget, const std::string& widths = "conv4 = [16, 32]\nconv6 = [8, 24]\n") {
  return "name = \"bits\"\nnetworks = [\"acdnet:4,5,5,16,5,8,5,5,5,5,5,5\"]\nsample_rate = 8000\nsamples = 2000\n"
         "class_count = 3\n[widths]\n" +
         widths + "[budget]\n" + budget;
}

NetworkSpace space(const std::string& budget) { return parse_network_space(space_text(budget), "space.toml"); }

std::int64_t thousand_a_filter(const NetworkSpec& spec) {
  std::int64_t count = 0;
  for (const int width : spec.graph.widths) count += 1000 * width;
  return count;
}

std::vector<std::pair<int, int>> found(const NetworkSpace& space, int wanted) {
  std::vector<std::pair<int, int>> widths;
  for (const NetworkCandidate& candidate :
       search_networks(space, wanted, thousand_a_filter, [](const auto&, auto, auto) {}).found) {
    widths.emplace_back(candidate.spec.graph.widths[3], candidate.spec.graph.widths[5]);
  }
  return widths;
}

TEST(Search, TheLargestFileComesFirstAndStandsForTheNarrowerOnes) {
  EXPECT_THAT(found(space("flash = \"1M\"\n"), 8), ElementsAre(std::pair(32, 24)));
}

TEST(Search, NetworksOverTheInstructionsMakeRoomForOthers) {
  const NetworkSpec narrowest = space("flash = 1000\n").networks[0];
  const std::int64_t widest = thousand_a_filter(narrowest) + 1000 * (32 - 16 + 24 - 8);
  const std::string limit = "instructions = " + std::to_string(widest - 1) + "\n";
  EXPECT_THAT(found(space(limit), 8), testing::UnorderedElementsAre(std::pair(32, 8), std::pair(16, 24)));
  EXPECT_THAT(found(space(limit), 1), testing::SizeIs(1));
}

TEST(Search, EveryLimitHolds) {
  const SearchReport all = search_networks(space("flash = \"1M\"\n"), 1, {}, [](const auto&, auto, auto) {});
  const DeviceNeeds largest = all.found[0].needs;
  for (const std::string& limit :
       {"flash = " + std::to_string(largest.flash_bytes - 1), "macs = " + std::to_string(largest.macs - 1)}) {
    EXPECT_THAT(found(space(limit + "\n"), 8), testing::Not(testing::Contains(std::pair(32, 24)))) << limit;
  }
  const NetworkSpace small_arena = space("ram = " + std::to_string(largest.ram_bytes - 1) + "\n");
  EXPECT_THAT([&] { found(small_arena, 8); },  // the arena is largest before conv4, so neither width matters
              ThrowsMessage<UsageError>(HasSubstr("(0 within the memory and MAC limits)")));
  EXPECT_THAT([] { found(space("flash = 100\n"), 8); },
              ThrowsMessage<UsageError>(HasSubstr("none of the 4 combinations is within the budget")));
}

TEST(Search, CountsOnTheEmulatedCoreWhatTheNetworkWouldTake) {
  NetworkSpace small = space("instructions = 100000000\n");
  EXPECT_EQ(small.target, "cortex-m4");
  const SearchReport report =
      search_networks(small, 1, count_on_emulated_core(small.target), [](const auto&, auto, auto) {});
  EXPECT_EQ(report.counted, 1);
  EXPECT_GT(report.found[0].instructions, report.found[0].needs.macs / 10);
  EXPECT_LT(report.found[0].instructions, 20 * report.found[0].needs.macs);
}

TEST(Search, BadSpacesAreRefusedByLine) {
  const auto refused = [](const std::string& text, const std::string& message) {
    EXPECT_THAT([&] { parse_network_space(text, "space.toml"); }, ThrowsMessage<UsageError>(HasSubstr(message)));
  };
  refused("name = ", "space.toml:1: invalid TOML");
  refused(space_text("flash = 1000\n", "conv44 = 16\n"), "did you mean conv4?");
  refused(space_text("flash = 1000\n", "conv4 = 0\n"), "conv4");
  refused(space_text("", ""), "sets no limit");
  refused(space_text("flash = 1000\ntarget = \"host\"\n"), "instructions cannot be counted on the host");
  refused("name = \"x\"\nnetworks = []\n[budget]\nflash = 1\n", "at least one network");
  refused("name = \"x\"\nform = \"fp32\"\n", "expected xnor or int8");
  refused("name = \"../x\"\n", "invalid name '../x'");
  refused("name = \"" + std::string(36, 'x') + "\"\n", "invalid name");
  std::string many = "conv4 = [";
  for (int i = 1; i <= 400; ++i) many += std::to_string(i) + ", ";
  const NetworkSpace wide =
      parse_network_space(space_text("flash = 1000\n", many + "]\nconv6" + many.substr(5) + "]\n"), "space.toml");
  EXPECT_THAT([&] { search_networks(wide, 1, {}, {}); },
              ThrowsMessage<UsageError>(HasSubstr("more than 100000 combinations")));
}

TEST(Search, NetworksOfFeaturesAreRefused) {
  const test::TempDir dir;
  const std::string file = (dir / "kws.toml").string();
  write_text_file(file,
                  "name = \"kws\"\ninput = \"features\"\n[[block]]\nnodes = [\n"
                  "{ name = \"conv1\", op = \"conv\", kernel = 3, filters = 4 },\n"
                  "{ name = \"pool\", op = \"global-pool\" }, { name = \"head\", op = \"linear\" } ]\n",
                  Existing::kRefuse);
  const std::string text = "name = \"x\"\nform = \"int8\"\nnetworks = [\"" + file + "\"]\n[budget]\nflash = 1000\n";
  EXPECT_THAT([&] { parse_network_space(text, "space.toml"); },
              ThrowsMessage<UsageError>(HasSubstr("'kws' takes features")));
}

TEST(Search, WritesNetworksAndAPlanThatTrainsThem) {
  const test::TempDir dir;
  const NetworkSpace both = space("flash = \"1M\"\n");
  const SearchReport report = search_networks(both, 1, {}, [](const auto&, auto, auto) {});
  const std::string base =
      "name = \"proxy\"\nclasses = [\"esc10\"]\nfolds = [1]\nseeds = [1]\n"
      "[[route]]\nname = \"fp32\"\nform = \"fp32\"\ntrain = { epochs = 5 }\n";
  write_text_file(dir / "base.toml", base, Existing::kRefuse);
  write_candidates(both, report.found, dir / "base.toml", dir / "found", Existing::kRefuse);
  Graph graph = read_graph(dir / "found" / "bits-1.toml", 3);
  EXPECT_EQ(graph.name, "bits-1");
  EXPECT_EQ(graph.widths, report.found[0].spec.graph.widths);
  const StudyPlan plan = read_plan(dir / "found" / "plan.toml");
  ASSERT_EQ(plan.networks.size(), 1u);
  EXPECT_EQ(plan.networks[0].model, (dir / "found" / "bits-1.toml").string());
  EXPECT_THAT(
      [&] { write_candidates(both, report.found, dir / "found" / "plan.toml", dir / "again", Existing::kRefuse); },
      ThrowsMessage<UsageError>(HasSubstr("has a [networks] table")));
}

// Checked before the search, so that a mistake costs no time.
TEST(Search, APlanThatNoNetworkCompletesIsRefused) {
  const test::TempDir dir;
  const NetworkSpace both = space("flash = \"1M\"\n");
  const std::string route = "[[route]]\nname = \"fp32\"\nform = \"fp32\"\ntrain = { epochs = 5 }\n";
  const auto check = [&](const std::string& text) {
    write_text_file(dir / "base.toml", text, Existing::kReplace);
    check_base_plan(both, 2, dir / "base.toml");
  };
  EXPECT_NO_THROW(check("name = \"proxy\"\n" + route + "networks = [\"bits-2\"]\n"));
  EXPECT_THAT([&] { check("name = \"proxy\"\n" + route + "networks = [\"bits-3\"]\n"); },
              ThrowsMessage<UsageError>(HasSubstr("base.toml:6: [[route]] fp32, networks: bits-3 is not declared")));
  EXPECT_THAT([&] { check("name = \"proxy\"\n"); },
              ThrowsMessage<UsageError>(HasSubstr("no cells: expected at least one [[route]]")));
  EXPECT_THAT([&] { check(route + "[networks]\n"); }, ThrowsMessage<UsageError>(HasSubstr("has a [networks] table")));
}

TEST(Search, AnyFolderNameIsWrittenIntoThePlan) {
  const test::TempDir dir;
  const NetworkSpace both = space("flash = \"1M\"\n");
  const SearchReport report = search_networks(both, 1, {}, [](const auto&, auto, auto) {});
  write_text_file(dir / "base.toml",
                  "name = \"proxy\"\n[[route]]\nname = \"fp32\"\nform = \"fp32\"\ntrain = { epochs = 5 }\n",
                  Existing::kRefuse);
  const std::filesystem::path folder = dir / "it's \"found\"\\";
  write_candidates(both, report.found, dir / "base.toml", folder, Existing::kRefuse);
  EXPECT_EQ(read_plan(folder / "plan.toml").networks.at(0).model, (folder / "bits-1.toml").string());
}

}  // namespace
}  // namespace stapes
