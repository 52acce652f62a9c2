// SPDX-License-Identifier: Apache-2.0
// Checks the committed studies: results/ and the pages in docs/studies/ made from them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "cli/run_program.h"
#include "data/tiny_data_set.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {
namespace fs = std::filesystem;

using testing::IsEmpty;

const fs::path kRoot = tests_dir().parent_path();

bool is_report(const std::string& name) { return name.starts_with("report") && name.ends_with(".html"); }

// For example "report.html", "figures/long-accuracy.svg".
std::vector<std::string> made_of_results(const fs::path& folder) {
  std::vector<std::string> names = names_in(folder);
  std::erase_if(names, [](const std::string& name) { return !is_report(name); });
  for (const std::string& name : names_in(folder / "figures")) names.push_back("figures/" + name);
  return names;
}

// The first line that differs between two pages.
std::string first_difference(const std::string& committed, const std::string& made) {
  std::istringstream before(committed), after(made);
  std::string old_line, new_line;
  for (int line = 1;; ++line) {
    const bool more_before = !!std::getline(before, old_line), more_after = !!std::getline(after, new_line);
    if (!more_before || !more_after || old_line != new_line) {
      const auto at = std::mismatch(old_line.begin(), old_line.end(), new_line.begin(), new_line.end()).first;
      const auto column = std::max<std::ptrdiff_t>(at - old_line.begin() - 40, 0);
      const auto part = [&](const std::string& text) {
        return text.substr(std::min(text.size(), static_cast<std::size_t>(column)), 120);
      };
      return "line " + std::to_string(line) + "\n  committed: " + part(old_line) + "\n  made now:  " + part(new_line);
    }
  }
}

TEST(CommittedReports, AreWhatTheScriptMakesOfTheResults) {
  const TempDir made;
  const Outcome outcome = run_program((kRoot / "scripts/make_reports.sh").string(),
                                      {"--stapes", stapes_program(), "-o", made.path().string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(made_of_results(kRoot / "docs/studies"), made_of_results(made.path()));
  for (const std::string& name : made_of_results(made.path())) {
    const std::string committed = read_text_file(kRoot / "docs/studies" / name), page = read_text_file(made / name);
    EXPECT_TRUE(committed == page) << "docs/studies/" << name << " is not what results/ and this program make; "
                                   << "run scripts/make_reports.sh and commit the pages; "
                                   << first_difference(committed, page);
  }
}

// The paths under results/ that git tracks; without git, all. A running study leaves more files there.
std::vector<std::string> committed_results() {
  std::vector<std::string> paths;
  const Outcome git = run_program("/usr/bin/git", {"-C", kRoot.string(), "ls-files", "results"});
  std::istringstream lines(git.status == 0 ? git.out : "");
  for (std::string line; std::getline(lines, line);) {
    if (fs::exists(kRoot / line)) paths.push_back(line);
  }
  if (!paths.empty()) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "results")) {
    if (entry.is_regular_file()) paths.push_back(fs::relative(entry.path(), kRoot).string());
  }
  return paths;
}

TEST(CommittedResults, TakeLessThanTenMegabytes) {
  std::uintmax_t bytes = 0;
  for (const std::string& path : committed_results()) bytes += fs::file_size(kRoot / path);
  EXPECT_GT(bytes, 0u);
  EXPECT_LT(bytes, 10'000'000u) << "docs/studies/reproducing.md says what is kept";
}

// Allowed: study.json, each cell's result.json, and the cell's packed model.
TEST(CommittedResults, AreTheCellsOfStudiesWithoutTheirRunFolders) {
  std::set<std::string> expected, optional;
  for (const auto& study : fs::directory_iterator(kRoot / "results")) {
    const std::string folder = "results/" + study.path().filename().string();
    const auto json = nlohmann::json::parse(read_text_file(study.path() / "study.json"));
    expected.insert(folder + "/study.json");
    for (const auto& cell : json.at("cells")) {
      const std::string path = folder + "/cells/" + cell.at("folder").get<std::string>();
      expected.insert(path + "/result.json");
      optional.insert(path + "/model.stapes");
    }
  }
  std::vector<std::string> surplus;
  for (const std::string& path : committed_results()) {
    if (expected.erase(path) == 0 && !optional.contains(path)) surplus.push_back(path);
  }
  EXPECT_THAT(expected, IsEmpty()) << "cells without a result";
  EXPECT_THAT(surplus, IsEmpty()) << "neither results nor packed models of a study's cells";
}

// The models are needed to repeat the evaluations. The largest are omitted (docs/studies/reproducing.md).
TEST(CommittedResults, HoldThePackedModelsOfEverySeriesButTheLargest) {
  const std::set<std::string> left_out = {"images-laptop quarter fp32",
                                          "images-laptop quarter int8",
                                          "laptop micro fp32",
                                          "laptop micro int8",
                                          "long micro fp32",
                                          "long micro int8",
                                          "pair-micro micro fp32",
                                          "pair-micro micro int8"};
  for (const auto& study : fs::directory_iterator(kRoot / "results")) {
    const auto json = nlohmann::json::parse(read_text_file(study.path() / "study.json"));
    for (const auto& cell : json.at("cells")) {
      const std::string series = study.path().filename().string() + " " + cell.at("network").get<std::string>() + " " +
                                 cell.at("route").get<std::string>();
      const auto model = study.path() / "cells" / cell.at("folder").get<std::string>() / "model.stapes";
      EXPECT_TRUE(fs::exists(model) || left_out.contains(series)) << model;
    }
  }
}

// Cell names are hashes of everything that determines a result. A changed default would lose the results.
std::set<std::string> listed_cells(const std::string& study, const fs::path& data) {
  const std::string plan = (kRoot / "plans" / (study + ".toml")).string();
  const Outcome listed = run_stapes({"study", plan, "--data", data.string(), "--list"});
  EXPECT_EQ(listed.status, 0) << listed.err;
  std::istringstream lines(listed.out);
  std::set<std::string> found;
  for (std::string name; lines >> name;) found.insert(name);
  return found;
}

void expect_cells_found(const std::string& study, const fs::path& data) {
  const auto json = nlohmann::json::parse(read_text_file(kRoot / "results" / study / "study.json"));
  const std::set<std::string> found = listed_cells(study, data);
  for (const auto& cell : json.at("cells")) {
    EXPECT_TRUE(found.contains(cell.at("folder").get<std::string>())) << study << " " << cell.at("folder");
  }
}

// Names depend only on the data's classes, folds and rate.
TEST(CommittedResults, AreFoundAgainWithoutTheirData) {
  const TempDir dir;
  write_tiny_data_set(dir / "sound",
                      {.clips = 250, .labels = 50, .folds = 5, .sample_rate_hz = 20000, .format = "esc50"});
  write_tiny_images(dir / "images", {.clips = 40, .labels = 10, .folds = 2});
  std::size_t studies = 0;
  for (const auto& study : fs::directory_iterator(kRoot / "results")) {
    const std::string name = study.path().filename().string();
    const auto json = nlohmann::json::parse(read_text_file(study.path() / "study.json"));
    expect_cells_found(name, json.value("images", false) ? dir / "images" : dir / "sound");
    ++studies;
  }
  EXPECT_GE(studies, 4u);
}

TEST(CommittedResults, AreFoundAgainByThePlansOfSound) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50");
  const TempDir dir;
  const std::string data = (dir / "esc50.data").string(), clips = (test_data_dir() / "data/ESC-50").string();
  ASSERT_EQ(run_stapes({"data", "import", "esc50", clips, "--limit", "1", "-q", "-o", data}).status, 0);
  expect_cells_found("laptop", data);
  expect_cells_found("long", data);
  expect_cells_found("pair-micro", data);
}

TEST(CommittedResults, AreFoundAgainByThePlanOfImages) {
  STAPES_NEEDS_TEST_DATA("data/cifar10-jpeg.tar.xz");
  const TempDir dir;
  const std::string pictures = (test_data_dir() / "data/cifar10-jpeg.tar.xz").string(),
                    data = (dir / "a.data").string();
  ASSERT_EQ(run_program("/usr/bin/tar", {"xf", pictures, "-C", dir.path().string()}).status, 0);
  ASSERT_EQ(run_stapes({"data", "import", "images", dir.path().string(), "--limit", "5", "-q", "-o", data}).status, 0);
  expect_cells_found("images-laptop", data);
}

}  // namespace
}  // namespace stapes::test
