// SPDX-License-Identifier: Apache-2.0
#include "study/plan/grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "data/tiny_data_set.h"
#include "graph/binary_form.h"
#include "graph/networks.h"
#include "study/execution/cell_commands.h"
#include "study/plan/width_search.h"
#include "study/results/study_folder.h"
#include "study/study_fixture.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

constexpr const char* kPlan = R"(name = "small"
classes = ["all", "0,1"]
samples = 2000
published_epochs = 100
[networks]
micro = "micro-acdnet"
wide = "widths:4,8,6,6,6,8,8,8,8,8,8,n"
[[route]]
name = "fp32"
form = "fp32"
networks = ["micro"]
train = { epochs = 3 }
[[route]]
name = "xnor"
form = "xnor"
networks = ["micro"]
start = "fp32"
teacher = "fp32"
train = { epochs = 4 }
[[route]]
name = "xnor"
form = "xnor"
networks = ["wide"]
teacher = "micro fp32"
train = { epochs = 6 }
[[route]]
name = "int8"
form = "int8"
networks = ["micro"]
start = "fp32"
prune = { ratio = 0.3 }
train = { epochs = 2 }
)";

class GridTest : public testing::Test {
 protected:
  void SetUp() override { test::write_tiny_data_set(dir_ / "data", {.clips = 24, .labels = 3, .folds = 2}); }

  std::vector<Cell> cells(const std::string& plan = kPlan) const {
    return grid_of(parse_plan(plan, "plan.toml"), DataSet(dir_ / "data"));
  }

  test::TempDir dir_;
};

TEST_F(GridTest, HasEveryClassFoldAndRouteOnceAndParentsFirst) {
  const std::vector<Cell> grid = cells();
  ASSERT_EQ(grid.size(), 2u * 2 * 4);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    for (const std::string& parent : {grid[i].start, grid[i].teacher}) {
      if (parent.empty()) continue;
      const auto before = std::find_if(grid.begin(), grid.begin() + static_cast<std::ptrdiff_t>(i),
                                       [&](const Cell& cell) { return cell.folder == parent; });
      ASSERT_NE(before, grid.begin() + static_cast<std::ptrdiff_t>(i)) << grid[i].folder;
      EXPECT_EQ(before->id.fold, grid[i].id.fold);  // otherwise its test clips would leak
      EXPECT_EQ(before->id.classes, grid[i].id.classes);
    }
  }
}

TEST_F(GridTest, CountsEpochsWithThoseOfTheStart) {
  const std::vector<Cell> grid = cells();
  EXPECT_EQ(grid[0].epochs, 3);
  EXPECT_EQ(grid[1].epochs, 7);
  EXPECT_EQ(grid[2].epochs, 6);  // from random weights
  EXPECT_EQ(grid[3].epochs, 5);
}

TEST_F(GridTest, WritesTheNumberOfClassesIntoWidths) {
  const std::vector<Cell> grid = cells();
  EXPECT_EQ(grid[2].model, "widths:4,8,6,6,6,8,8,8,8,8,8,3");
  EXPECT_EQ(grid[2 + 8].model, "widths:4,8,6,6,6,8,8,8,8,8,8,2");
}

TEST_F(GridTest, GivesAChangedRecipeAFolderOfItsOwnAndItsChildrenToo) {
  std::string longer = kPlan;
  longer.replace(longer.find("epochs = 3"), 10, "epochs = 5");
  const std::vector<Cell> before = cells(), after = cells(longer);
  EXPECT_NE(before[0].folder, after[0].folder);
  EXPECT_NE(before[1].folder, after[1].folder);  // started from cell 0
  EXPECT_NE(before[2].folder, after[2].folder);  // distilled from cell 0
  std::string targets = std::string("targets = [\"host\"]\n") + kPlan;
  EXPECT_EQ(before[0].folder, cells(targets)[0].folder);  // no need to train again
}

// The path of the file does not matter.
TEST_F(GridTest, NamesCellsByTheGraphInAFile) {
  const auto cells_with = [&](const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    write_text_file(file, text, Existing::kReplace);
    return cells("name = \"small\"\nsamples = 2000\n[networks]\nmine = \"" + file.string() + R"("
[[route]]
name = "fp32"
form = "fp32"
train = { epochs = 3 }
)");
  };
  const std::string text = "name = \"mine\"\nlike = \"micro-acdnet\"\n";
  const std::vector<Cell> first = cells_with(dir_ / "a/net.toml", text),
                          second = cells_with(dir_ / "b/other.toml", text);
  const std::vector<Cell> changed = cells_with(dir_ / "a/net.toml", text + "width_multiplier = 0.5\n");
  EXPECT_EQ(first[0].folder, second[0].folder);
  EXPECT_NE(first[0].folder, changed[0].folder);
  EXPECT_TRUE(std::filesystem::path(first[0].model).is_absolute());
}

// The path of the data set does not matter.
TEST_F(GridTest, NamesCellsByTheContentsOfTheirBackgrounds) {
  const auto cells_with = [&](const std::filesystem::path& background) {
    std::string plan = kPlan;
    plan.replace(plan.find("epochs = 3"), 10, "epochs = 3, background = \"" + background.string() + "\"");
    return cells(plan);
  };
  std::filesystem::copy_file(dir_ / "data", dir_ / "same");
  test::write_tiny_data_set(dir_ / "other", {.clips = 12});
  const std::vector<Cell> first = cells_with(dir_ / "data"),
                          same = cells_with(std::filesystem::relative(dir_ / "same"));
  EXPECT_EQ(first[0].folder, same[0].folder);
  EXPECT_NE(first[0].folder, cells_with(dir_ / "other")[0].folder);
  EXPECT_NE(first[0].folder, cells()[0].folder);
  EXPECT_THAT(same[0].training, testing::Contains((dir_ / "same").string()));
  EXPECT_THROW(cells_with(dir_ / "missing"), Error);
}

TEST_F(GridTest, RefusesFoldsAndClassesThatTheDataLack) {
  EXPECT_THROW(cells(std::string("folds = [3]\n") + kPlan), UsageError);
  std::string subset = kPlan;
  subset.replace(subset.find("\"0,1\""), 5, "\"esc10\"");
  EXPECT_THROW(cells(subset), UsageError);
  std::string model = kPlan;
  model.replace(model.find("micro-acdnet"), 12, "macro-acdnet");
  EXPECT_THROW(cells(model), UsageError);
}

TEST_F(GridTest, CellsSurviveTheWayThroughJson) {
  for (const Cell& cell : cells()) EXPECT_EQ(to_json(cell_from_json(to_json(cell), "cell.json")), to_json(cell));
  nlohmann::json damaged = to_json(cells()[0]);
  damaged["form"] = "fp16";
  EXPECT_THROW(cell_from_json(damaged, "cell.json"), Error);
}

TEST_F(GridTest, SaysWhatToType) {
  const std::vector<Cell> grid = cells();
  const StudyData data{"/somewhere/esc50.data", "hash"};
  const auto shown = commands_to_show("/r", grid[1], data, 2);
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0],
            "stapes train esc50.data --classes all --fold 1 --seed 1 --binary --epochs 4 --init RESULTS/cells/" +
                grid[0].folder + "/run --teacher RESULTS/cells/" + grid[0].folder +
                "/run --threads 2 -o RESULTS/cells/" + grid[1].folder + "/run");
  EXPECT_EQ(shown[1], "stapes pack RESULTS/cells/" + grid[1].folder + "/run -o RESULTS/cells/" + grid[1].folder +
                          "/model.stapes");
  const auto pruned = commands_to_show("/r", grid[3], data, 2);
  EXPECT_TRUE(pruned[0].starts_with("stapes prune RESULTS/cells/" + grid[0].folder + "/run --seed 1 --ratio 0.3"));
  EXPECT_TRUE(pruned[1].starts_with("stapes quantize RESULTS/cells/" + grid[3].folder + "/run --data esc50.data"));
}

constexpr const char* kFitRoute = R"([[route]]
name = "fit"
form = "int8"
networks = ["micro"]
start = "fp32"
prune = { method = "magnitude", flash = { like = "micro xnor" } }
train = { epochs = 2 }
)";

TEST_F(GridTest, TakesTheBudgetOfASeriesFromTheSameFoldAndKeepsTheOtherNames) {
  const std::vector<Cell> before = cells(), with = cells(std::string(kPlan) + kFitRoute);
  ASSERT_EQ(with.size(), before.size() / 4 * 5);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(with[i / 4 * 5 + i % 4].folder, before[i].folder);
  for (std::size_t i = 4; i < with.size(); i += 5) {
    EXPECT_EQ(with[i].flash_like, with[i - 3].folder);
    EXPECT_EQ(with[i - 3].id.route, "xnor");
  }
  std::string longer = std::string(kPlan) + kFitRoute;
  longer.replace(longer.find("epochs = 4"), 10, "epochs = 5");  // in the xnor route
  EXPECT_NE(cells(longer)[4].folder, with[4].folder);
}

TEST_F(GridTest, PrunesToTheBytesOfTheNamedCellsFile) {
  const std::vector<Cell> grid = cells(std::string(kPlan) + kFitRoute);
  const CellFolder like(dir_.path(), grid[4].flash_like);
  std::filesystem::create_directories(like.path());
  CellResult result = test::fake_cell({}, {}, grid[1].id);
  result.file_bytes = 12'345;
  like.write_result(result);
  const auto shown = commands_to_show(dir_.path(), grid[4], {"/somewhere/esc50.data", "hash"}, 2);
  EXPECT_NE(shown[0].find(" --method magnitude --epochs 2 --flash 12345 "), std::string::npos) << shown[0];
}

TEST_F(GridTest, PacksAveragedWeightsUnderAnotherName) {
  std::string averaged = kPlan;
  averaged.replace(averaged.find("teacher = \"fp32\""), 16, "teacher = \"fp32\"\nweights = \"averaged\"");
  const std::vector<Cell> grid = cells(averaged);
  EXPECT_NE(grid[1].folder, cells()[1].folder);
  EXPECT_EQ(grid[2].folder, cells()[2].folder);
  const auto shown = commands_to_show("/r", grid[1], {"/somewhere/esc50.data", "hash"}, 2);
  EXPECT_TRUE(shown[1].starts_with("stapes pack RESULTS/cells/" + grid[1].folder + "/run/ema.network -o ")) << shown[1];
}

// Committed results are found by cell names, which must not change.
TEST_F(GridTest, FindsEveryCommittedCellByItsName) {
  namespace fs = std::filesystem;
  const fs::path results = test::tests_dir() / "../results";
  for (const char* study : {"laptop", "long", "images-laptop", "pair-micro"}) {
    const nlohmann::json file = read_study_file(results / study);
    const fs::path data = dir_ / "data";
    if (file.value("images", false)) {
      test::write_tiny_images(data, {.clips = 40, .labels = 10, .folds = 2, .format = "cifar10"});
    } else {
      test::write_tiny_data_set(data,
                                {.clips = 250, .labels = 50, .folds = 5, .sample_rate_hz = 20000, .format = "esc50"});
    }
    const StudyPlan plan = parse_plan(file.at("plan").get<std::string>(), study);
    std::vector<std::string> names, committed;
    for (const Cell& cell : grid_of(plan, DataSet(data))) names.push_back(cell.folder);
    for (const auto& cell : file.at("cells")) committed.push_back(cell.at("folder"));
    EXPECT_EQ(names, committed) << study;
  }
}

TEST(WidestWithin, FillsTheBudgetAndDoesNotExceedIt) {
  const NetworkSpec place = named_network("acdnet", 10, AudioInput{8000, 4000});
  for (const Form form : {Form::kXnor, Form::kInt8}) {
    NetworkSpec spec = place;
    spec.binary = form == Form::kXnor;
    if (spec.binary) spec.form.keep_8_bit = usual_keep_8_bit(spec.graph);
    constexpr std::int64_t kBudget = 40'000;
    // Here, one more filter per scaled layer takes up to a tenth of the budget.
    const NetworkSpec found = widest_within({"acdnet", form, kBudget}, spec);
    const std::int64_t bytes = packed_bytes(found, form);
    EXPECT_LE(bytes, kBudget) << to_string(form);
    EXPECT_GT(bytes, kBudget * 9 / 10) << to_string(form);
    EXPECT_EQ(found.graph.widths.back(), 10);
    EXPECT_THROW(widest_within({"acdnet", form, 1000}, spec), UsageError);
  }
}

TEST(WidestWithin, GetsWiderInBitsThanInBytes) {
  NetworkSpec spec = named_network("acdnet", 10, AudioInput{8000, 4000});
  const NetworkSpec bytes = widest_within({"acdnet", Form::kInt8, 60'000}, spec);
  spec.binary = true;
  const NetworkSpec bits = widest_within({"acdnet", Form::kXnor, 60'000}, spec);
  for (std::size_t i = 0; i + 1 < bits.graph.widths.size(); ++i) EXPECT_GE(bits.graph.widths[i], bytes.graph.widths[i]);
  EXPECT_GT(bits.graph.widths[10], 2 * bytes.graph.widths[10]);  // 8 times the weights: about sqrt(8) times the width
}

}  // namespace
}  // namespace stapes
