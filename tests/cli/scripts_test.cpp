// SPDX-License-Identifier: Apache-2.0
// The two scripts at the project's root, as far as they go without building anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/run_program.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

const std::string kQuickstart = (tests_dir() / "../quickstart").string();

TEST(Quickstart, HelpNamesEveryOption) {
  const Outcome outcome = run_program(kQuickstart, {"--help"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const char* option : {"--data", "--classes", "--fold", "-o", "--epochs", "--seed", "Example:"}) {
    EXPECT_THAT(outcome.out, HasSubstr(option));
  }
}

TEST(Quickstart, WrongUsageExitsWithTwoBeforeAnythingIsDone) {
  const TempDir folder;
  const std::string out = (folder / "out").string();
  const std::vector<std::vector<std::string>> wrong = {
      {"--fold", "x"}, {"--fold", "0"}, {"--epochs", "-3"}, {"--fold"}, {"--data", "/no/such/folder"}, {"--surprise"}};
  for (const auto& arguments : wrong) {
    std::vector<std::string> all = {"-o", out};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run_program(kQuickstart, all);
    EXPECT_EQ(outcome.status, 2) << arguments[0];
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_FALSE(std::filesystem::exists(out)) << arguments[0];
  }
}

}  // namespace
}  // namespace stapes::test
