// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/run_program.h"
#include "stapes/version.h"

namespace stapes::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

// The names below "Subcommands:" or a heading of the table of commands.
std::vector<std::string> subcommands(std::vector<std::string> command) {
  std::set<std::string> headings = {"Subcommands:"};
  for (const cli::Command& listed : cli::commands({})) headings.insert(std::string(listed.group) + ":");
  command.push_back("--help");
  std::istringstream help(run_stapes(command).out);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.starts_with("  ") && line.size() > 2 && line[2] != ' ')
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    if (line.ends_with(":")) listed = headings.contains(line);
  }
  return names;
}

// Every command, including "data import".
std::vector<std::vector<std::string>> all_commands() {
  std::vector<std::vector<std::string>> commands;
  for (const std::string& name : subcommands({})) {
    const auto below = subcommands({name});
    if (below.empty()) commands.push_back({name});
    for (const std::string& deeper : below) commands.push_back({name, deeper});
  }
  return commands;
}

TEST(Usage, HelpListsEveryCommand) {
  const auto commands = subcommands({});
  for (const char* name : {"data", "train", "prune", "quantize", "pack", "eval", "info", "verdict", "import-torch",
                           "classify", "bench", "export", "measure", "study", "report", "advise"}) {
    EXPECT_THAT(commands, Contains(name));
  }
}

TEST(Usage, AnUnknownCommandIsNamed) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"quantise", "run"}), 2, "unknown command 'quantise'; did you mean quantize?"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "inport"}), 2, "unknown command 'inport'; did you mean import?"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"data"}), 2, "A subcommand is required"));
}

TEST(Usage, EveryCommandHasAnExampleAndTheCommonOptions) {
  for (auto command : all_commands()) {
    const std::string called = command.front() + (command.size() > 1 ? " " + command[1] : "");
    command.push_back("--help");
    const Outcome outcome = run_stapes(command);
    EXPECT_EQ(outcome.status, 0) << called;
    EXPECT_EQ(outcome.err, "") << called;
    EXPECT_THAT(outcome.out, HasSubstr("Example:\n  stapes " + called)) << called;
    for (const char* option : {"--json", "--seed", "--quiet", "--verbose"})
      EXPECT_THAT(outcome.out, HasSubstr(option)) << called;
  }
}

TEST(Usage, EveryCommandRefusesAnUnknownOption) {
  for (auto command : all_commands()) {
    command.push_back("--no-such-option");
    EXPECT_TRUE(fails_cleanly(run_stapes(command), 2)) << command.front();
  }
}

TEST(Usage, WrongCommandLinesExitWithTwo) {
  EXPECT_TRUE(fails_cleanly(run_stapes({}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"no-such-command"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"info"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"classify", "model.stapes"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"classify", "m", "f", "--top", "0"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", "f.pt"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", "f.pt", "-o", "m", "--samples", "-5"}), 2));
  EXPECT_TRUE(fails_cleanly(run_stapes({"import-torch", "f.pt", "-o", "m", "--sample-rate", "fast"}), 2));
}

TEST(Usage, OutOfMemoryNamesOptionsThatTheCommandHas) {
  const auto complaint_with = [](const std::vector<std::string>& options) {
    CLI::App app("", "stapes");
    CLI::App* command = app.add_subcommand("work");
    for (const std::string& option : options) command->add_option(option);
    command->callback([] { throw std::bad_alloc(); });
    char program[] = "stapes", word[] = "work";
    char* arguments[] = {program, word, nullptr};
    testing::internal::CaptureStderr();
    EXPECT_EQ(cli::run_app(app, 2, arguments), 1);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(complaint_with({"--batch", "--top", "--threads"}),
            "stapes: out of memory; use a smaller --batch or --threads\n");
  EXPECT_EQ(complaint_with({"--top"}),
            "stapes: out of memory; close other programs, or use a machine with more memory\n");
}

TEST(Usage, TheVersionIsPrinted) {
  const Outcome outcome = run_stapes({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "stapes " STAPES_VERSION_STRING "\n");
}

TEST(Usage, ABuildWithoutTrainingSaysSo) {
  // This folder contains no stapes-train.
  const TempDir folder;
  std::filesystem::copy_file(stapes_program(), folder / "stapes");
  EXPECT_TRUE(
      fails_cleanly(run_program((folder / "stapes").string(), {"train", "x.data", "-o", "run"}), 1, "stapes-train"));
}

}  // namespace
}  // namespace stapes::test
