// SPDX-License-Identifier: Apache-2.0
#include "cli/help/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/run_program.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;

cli::CommandText declared() {
  CLI::App app("Trains and measures.", "stapes");
  add_commands(app, cli::commands({}), [](const cli::Command&, const CLI::App&) {});
  return cli::describe(app);
}

std::vector<std::string> files_of(const cli::CommandText& command) {
  std::vector<std::string> files = {cli::man_file(command)};
  for (const cli::CommandText& below : command.commands) {
    for (const std::string& file : files_of(below)) files.push_back(file);
  }
  return files;
}

TEST(ManPages, ThereIsOneForEveryCommandAndGroffFindsNothingWrong) {
  const TempDir folder;
  const std::string pages = (folder / "man1").string();
  ASSERT_EQ(run_stapes({"man", "-o", pages}).status, 0);
  const bool groff = std::filesystem::exists("/usr/bin/groff");
  const std::vector<std::string> files = files_of(declared());
  EXPECT_GT(files.size(), 25u);
  for (const std::string& file : files) {
    const std::string path = pages + "/" + file;
    ASSERT_TRUE(std::filesystem::exists(path)) << path;
    if (!groff) continue;
    const Outcome checked = run_program("/usr/bin/groff", {"-man", "-Tutf8", "-ww", "-z", path});
    EXPECT_EQ(checked.err, "") << file;
  }
  EXPECT_TRUE(fails_cleanly(run_stapes({"man", "-o", pages}), 1, "stapes"));
  EXPECT_EQ(run_stapes({"man", "-o", pages, "--force"}).status, 0);
  if (!groff) GTEST_SKIP() << "groff did not check the pages: install groff-base";
}

TEST(ManPages, HaveOptionsInGroupsWithChoicesAndDefaults) {
  const Outcome outcome = run_stapes({"man", "train"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text :
       {".TH \"STAPES\\-TRAIN\" 1", ".SS Augmentation of sound\n", "\\fB\\-\\-schedule\\fR \\fITEXT\\fR\n",
        "{steps, one\\-cycle, cosine}", "needs \\-\\-folds", ".SH EXAMPLES\n.nf\n  stapes train esc50.data",
        "\\fBstapes train\\fR [\\fIOPTIONS\\fR] [\\fIDATA\\fR]\n"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

TEST(ManPages, OfTheProgramListTheCommandsUnderTheirHeadings) {
  const Outcome outcome = run_stapes({"man"});
  EXPECT_THAT(outcome.out, HasSubstr(".SS Training and compression\n.TP\n\\fBstapes\\-train\\fR(1)\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("study\\-cell")));
}

TEST(ManPages, EscapeWhatRoffWouldRead) {
  cli::CommandText command;
  command.name = "stapes odd";
  command.help = ".starts with a dot";
  command.example = "Example:\n.dot\n'quote \\n";
  const std::string page = cli::man_page(command, nullptr);
  EXPECT_THAT(page, HasSubstr("\\&.starts"));
  EXPECT_THAT(page, HasSubstr("\\&.dot\n\\&'quote \\en\n"));
}

TEST(ManPages, AreInOneObjectWithJson) {
  const auto page = nlohmann::json::parse(run_stapes({"man", "data", "import", "--json"}).out);
  EXPECT_EQ(page.at("page"), run_stapes({"man", "data", "import"}).out);
  const auto script = nlohmann::json::parse(run_stapes({"completion", "zsh", "--json"}).out);
  EXPECT_EQ(script.at("shell"), "zsh");
  EXPECT_EQ(script.at("script"), run_stapes({"completion", "zsh"}).out);
}

TEST(ManPages, OfUnknownCommandsAreRefused) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"man", "trian"}), 2, "train"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"man", "train", "now"}), 2, "stapes train has no subcommand 'now'"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"man", "train", "-o", "x"}), 2, "leave out train"));
}

TEST(ChoicesIn, AreTheWordsOfTheLastBraces) {
  EXPECT_THAT(cli::choices_in("Optimizer {sgd, adam,adamw} (default sgd)"),
              testing::ElementsAre("sgd", "adam", "adamw"));
  EXPECT_TRUE(cli::choices_in("Learning rate").empty());
  EXPECT_TRUE(cli::choices_in("Odd } {").empty());
}

}  // namespace
}  // namespace stapes::test
