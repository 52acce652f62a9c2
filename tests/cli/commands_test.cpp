// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <map>
#include <set>

#include "cli/help/command_text.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using cli::Command;

// Thrown to stop after parsing, before the command runs.
struct Stopped {
  std::string command;
  bool needs_libtorch;
};

Stopped decide(std::vector<std::string> words) {
  CLI::App app("test", "stapes");
  add_commands(app, cli::commands({}), [](const Command& command, const CLI::App& parsed) {
    throw Stopped{command.name, command.needs_libtorch(parsed)};
  });
  std::reverse(words.begin(), words.end());  // the order CLI11 expects
  try {
    app.parse(words);
  } catch (const Stopped& stopped) {
    return stopped;
  }
  ADD_FAILURE() << "no command was reached";
  return {};
}

TEST(Commands, HaveANameOfTheirOwnAndOneLineOfHelp) {
  std::set<std::string> names;
  for (const Command& command : cli::commands({})) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    const std::string help = command.help;
    ASSERT_FALSE(help.empty()) << command.name;
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(help.front()))) << help;
    EXPECT_NE(help.back(), '.') << help;
    EXPECT_EQ(help.find('\n'), std::string::npos) << help;
  }
}

TEST(Commands, TrainPruneAndSensitivityNeedLibtorchWhateverTheirOptionsAre) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{"train", "x.data", "-o", "run"},
                                               {"train", "--resume", "run"},
                                               {"prune", "run", "-o", "pruned"},
                                               {"sensitivity", "run", "-o", "runs"}}) {
    const Stopped stopped = decide(line);
    EXPECT_TRUE(stopped.needs_libtorch);
    EXPECT_EQ(stopped.command, line.front());
  }
}

TEST(Commands, QuantizeNeedsLibtorchForAwareOnly) {
  const std::vector<std::string> plain = {"quantize", "run", "--data", "d", "-o", "m"};
  EXPECT_FALSE(decide(plain).needs_libtorch);
  std::vector<std::string> aware = plain;
  aware.push_back("--aware");
  EXPECT_TRUE(decide(aware).needs_libtorch);
  EXPECT_FALSE(decide({"quantize", "run", "--data", "d", "-o=--aware"}).needs_libtorch);
}

// Only the input counts, even if the data set or an option's value is a run.
TEST(Commands, EvalNeedsLibtorchForRunsOnly) {
  const TempDir folder;
  std::ofstream(folder / "config.json") << "{}";
  const std::string run = folder.path().string();
  EXPECT_TRUE(decide({"eval", run, "d"}).needs_libtorch);
  EXPECT_TRUE(decide({"eval", "--fold", "2", run, "d"}).needs_libtorch);
  EXPECT_TRUE(decide({"eval", "best.network", "d"}).needs_libtorch);
  EXPECT_FALSE(decide({"eval", "m.stapes", run}).needs_libtorch);
  EXPECT_FALSE(decide({"eval", "m.stapes", "d", "--classes", run}).needs_libtorch);
}

TEST(Commands, TheOthersNeverDo) {
  EXPECT_FALSE(decide({"info", "m.stapes"}).needs_libtorch);
  EXPECT_FALSE(decide({"data", "info", "d"}).needs_libtorch);
  EXPECT_EQ(decide({"data", "info", "d"}).command, "data");
}

TEST(Commands, RunTrainingWhereItIsLinked) {
  CLI::App app("test", "stapes");
  std::string output;
  cli::TrainingFunctions training;
  training.train = [&](const cli::TrainOptions& options, const cli::Common&) { output = options.output.string(); };
  add_commands(app, cli::commands(training), [](const Command&, const CLI::App&) {});
  app.parse(std::vector<std::string>{"run", "-o", "x.data", "train"});
  EXPECT_EQ(output, "run");
}

void expect_short_lists(const cli::CommandText& command) {
  constexpr int kMax = 12;
  std::map<std::string, int> counts;
  for (const cli::OptionText& option : command.options) {
    EXPECT_LE(++counts[option.group], kMax) << command.name << ": " << option.group << " has too many options";
  }
  for (const auto* list : {&command.options, &command.positionals}) {
    for (const cli::OptionText& option : *list) {
      EXPECT_TRUE(std::isupper(static_cast<unsigned char>(option.help[0]))) << command.name << ": " << option.help;
      EXPECT_TRUE(option.help.back() != '.' || option.help.ends_with("...")) << command.name << ": " << option.help;
    }
  }
  for (const cli::CommandText& below : command.commands) expect_short_lists(below);
}

TEST(Commands, ListNoMoreThanTwelveOptionsUnderAHeading) {
  CLI::App app("test", "stapes");
  add_commands(app, cli::commands({}), [](const Command&, const CLI::App&) {});
  expect_short_lists(cli::describe(app));
}

}  // namespace
}  // namespace stapes::test
