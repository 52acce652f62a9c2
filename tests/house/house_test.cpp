// SPDX-License-Identifier: Apache-2.0
// house_test.cpp: checks this source tree against the house rules (rules.h, CONTRIBUTING.md).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/process.h"
#include "house/rules.h"
#include "support/paths.h"

namespace stapes::house {
namespace {

using testing::IsEmpty;

const SourceTree& tree() {
  static const SourceTree read = read_source_tree(test::tests_dir().parent_path());
  return read;
}

TEST(House, EveryFolderOfSrcIsALayer) {
  for (const Target& target : tree().layers) {
    EXPECT_THAT(tree().order, testing::Contains(target.folder.filename().string()));
  }
}

TEST(House, LayersUseOnlyLayersBelowThem) { EXPECT_THAT(upward_uses(tree()), IsEmpty()); }
TEST(House, LayersIncludeOnlyWhatTheyName) { EXPECT_THAT(unnamed_includes(tree()), IsEmpty()); }
TEST(House, LayersNameOnlyWhatTheyInclude) { EXPECT_THAT(unused_names(tree()), IsEmpty()); }
TEST(House, TestsIncludeOnlyWhatTheyName) { EXPECT_THAT(unnamed_test_includes(tree()), IsEmpty()); }
TEST(House, EveryTestFileIsNamed) { EXPECT_THAT(unnamed_test_files(tree()), IsEmpty()); }
TEST(House, NoFolderIsCrowded) { EXPECT_THAT(crowded_folders(tree()), IsEmpty()); }
TEST(House, EveryTypeHasANameOfItsOwn) { EXPECT_THAT(types_of_one_name(tree()), IsEmpty()); }
TEST(House, DocumentsNameFilesThatAreThere) { EXPECT_THAT(missing_files(tree()), IsEmpty()); }
TEST(House, LinksLeadSomewhere) { EXPECT_THAT(broken_links(tree()), IsEmpty()); }
TEST(House, OnlySystemHeadersArePrecompiled) { EXPECT_THAT(precompiled_own_headers(tree()), IsEmpty()); }
TEST(House, TheDiagramIsWhatCMakeSays) { EXPECT_THAT(diagram_differences(tree()), IsEmpty()); }

TEST(House, CodeIsFormatted) {
  constexpr const char* kVersion = "version 14.";  // other versions format a few constructs differently
  std::string program = "clang-format-14";
  if (find_program(program).empty()) program = "clang-format";
  if (find_program(program).empty()) GTEST_SKIP() << "clang-format 14 is not installed";
  const std::string version = run_to_end({program, "--version"}, "", std::chrono::seconds(60)).output;
  if (version.find(kVersion) == std::string::npos) GTEST_SKIP() << "clang-format 14 is not installed, but " << version;
  std::vector<std::string> command = {program, "--dry-run", "--Werror"};
  for (const char* folder : {"bench", "examples", "firmware", "include", "src", "tests"}) {
    for (const auto& file : code_files(tree().root, folder)) command.push_back((tree().root / file).string());
  }
  ASSERT_GT(command.size(), 500U);
  const ProgramEnd end = run_to_end(command, "", std::chrono::seconds(600));
  EXPECT_EQ(end.status, 0) << end.output.substr(0, 4000) << "\nrun " << program << " -i on these files";
}

}  // namespace
}  // namespace stapes::house
