// SPDX-License-Identifier: Apache-2.0
#include "cli/help/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/commands.h"
#include "cli/run_program.h"

namespace stapes::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

// What bash completes for a command line whose last word is at the cursor. A separate word `=` means that bash has
// split there.
class BashCompletion : public testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome = run_stapes({"completion", "bash", "-o", script_});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    write_text_file(folder_ / "model.stapes", "", Existing::kRefuse);
    write_text_file(folder_ / "a b.wav", "", Existing::kRefuse);
  }

  std::vector<std::string> offers(const std::vector<std::string>& words) const {
    std::string line = "cd '" + folder_.path().string() + "'; source '" + script_ + "'; COMP_WORDS=(stapes";
    for (const std::string& word : words) line += " '" + word + "'";
    line += "); COMP_CWORD=" + std::to_string(words.size()) +
            "; _stapes; for word in \"${COMPREPLY[@]}\"; do printf '%s\\n' \"$word\"; done";
    const Outcome outcome = run_program("/bin/bash", {"--norc", "-uc", line});
    EXPECT_EQ(outcome.err, "");
    std::vector<std::string> offered;
    std::istringstream lines(outcome.out);
    for (std::string each; std::getline(lines, each);) offered.push_back(each);
    return offered;
  }

  TempDir folder_;
  const std::string script_ = (folder_ / "stapes.bash").string();
};

TEST_F(BashCompletion, CompletesCommandsAndThoseBelowThem) {
  EXPECT_THAT(offers({"tr"}), ElementsAre("train"));
  EXPECT_THAT(offers({""}), IsSupersetOf({"data", "train", "measure", "study", "completion"}));
  EXPECT_THAT(offers({""}), Not(Contains("study-cell")));  // hidden
  EXPECT_THAT(offers({"data", ""}), IsSupersetOf({"import", "keywords", "info"}));
  EXPECT_THAT(offers({"--vers"}), ElementsAre("--version"));
}

// Also for `train`, which only stapes-train can run.
TEST_F(BashCompletion, CompletesTheOptionsOfACommand) {
  EXPECT_THAT(offers({"train", "x.data", "--teacher"}), ElementsAre("--teacher", "--teacher-weight"));
  EXPECT_THAT(offers({"data", "import", "--back"}),
              ElementsAre("--background", "--background-source-pattern", "--background-piece"));
  EXPECT_THAT(offers({"info", "--epo"}), IsEmpty());
}

TEST_F(BashCompletion, CompletesFixedChoicesOfValues) {
  EXPECT_THAT(offers({"train", "--schedule", ""}), ElementsAre("steps", "one-cycle", "cosine"));
  EXPECT_THAT(offers({"train", "--schedule", "=", "co"}), ElementsAre("cosine"));
  EXPECT_THAT(offers({"train", "--schedule", "="}), ElementsAre("steps", "one-cycle", "cosine"));
  EXPECT_THAT(offers({"train", "--schedule=co"}), ElementsAre("--schedule=cosine"));  // without = in COMP_WORDBREAKS
  EXPECT_THAT(offers({"measure", "model.stapes", "--board", "u"}), ElementsAre("u575", "u385"));
  EXPECT_THAT(offers({"export", "m", "--target", "cortex-m5"}), ElementsAre("cortex-m55"));
  EXPECT_THAT(offers({"data", "import", "esc"}), ElementsAre("esc50"));
  EXPECT_THAT(offers({"import-tflite", "m", "--rounding", ""}), ElementsAre("tflm", "litert"));
  EXPECT_THAT(offers({"advise", "results", "--rank", ""}), ElementsAre("accuracy", "auroc"));
  EXPECT_THAT(offers({"listen", "m", "-", "--encoding", "s1"}), ElementsAre("s16"));
  EXPECT_THAT(offers({"eval-detector", "m", "--protocol", "m"}), ElementsAre("mlperf", "microwakeword"));
  EXPECT_THAT(offers({"new", "clips", "--target", "h"}), ElementsAre("host"));
  EXPECT_THAT(offers({"completion", "z"}), ElementsAre("zsh"));
}

TEST_F(BashCompletion, CompletesFilesWhereAPathIsWanted) {
  EXPECT_THAT(offers({"data", "import", "esc50", "x", "-o", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"data", "import", "folders", "x", "--sources", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"data", "import", "folders", "x", "--background", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"data", "unpack", "x.data", "-o", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"new", "x", "-o", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "x.data", "--model", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "x.data", "--init", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "x.data", "--teacher", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "x.data", "--background", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"verdict", "model.stapes", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"network", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"info", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"classify", "model.stapes", "x.wav", "a"}), ElementsAre("a b.wav"));
  EXPECT_THAT(offers({"listen", "model.stapes", "a"}), ElementsAre("a b.wav"));
  EXPECT_THAT(offers({"measure", "model.stapes", "--keep", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "--resume", "mod"}), ElementsAre("model.stapes"));
  EXPECT_THAT(offers({"train", "-o", "mod"}), ElementsAre("model.stapes"));
}

TEST_F(BashCompletion, OffersNothingElse) {
  write_text_file(folder_ / "256K", "", Existing::kRefuse);
  EXPECT_THAT(offers({"advise", "results", "--flash", ""}), IsEmpty());
  EXPECT_THAT(offers({"advise", "results", "--latency", ""}), IsEmpty());
  EXPECT_THAT(offers({"train", "x.data", "--classes", ""}), IsEmpty());
  EXPECT_THAT(offers({"data", "import", "folders", "x", "--source-pattern", ""}), IsEmpty());
  EXPECT_THAT(offers({"train", "--epochs", ""}), IsEmpty());
  EXPECT_THAT(offers({"info", "model.stapes", ""}), IsEmpty());
  EXPECT_THAT(offers({"no-such-command", "--e"}), IsEmpty());
}

TEST_F(BashCompletion, SkipsTheValuesOfOptions) {
  EXPECT_THAT(offers({"data", "import", "--sample-rate", "16000", "esc"}), ElementsAre("esc50"));
  EXPECT_THAT(offers({"data", "import", "--sample-rate", "=", "16000", "esc"}), ElementsAre("esc50"));
  EXPECT_THAT(offers({"data", "import", "--strict", "esc"}), ElementsAre("esc50"));
}

TEST(ZshCompletion, DescribesOptionsWithTheirValues) {
  const Outcome outcome = run_stapes({"completion", "zsh"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* text :
       {"#compdef stapes\n", "'measure:Run a packed model on an emulated core, measure ", "_stapes_data_import() {",
        "'(--schedule)--schedule=[Learning-rate schedule {steps, one-cycle, cosine} (default ",
        ":TEXT:(steps one-cycle cosine)'", "'(-o --output)'{-o+,--output=}'[", ":_files'", "'*:FILES:_files'"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
}

TEST(ZshCompletion, IsReadByZshWithoutAComplaint) {
  if (!std::filesystem::exists("/usr/bin/zsh")) GTEST_SKIP() << "cannot be tested here: install zsh";
  const TempDir folder;
  const std::string file = (folder / "_stapes").string();
  ASSERT_EQ(run_stapes({"completion", "zsh", "-o", file}).status, 0);
  const Outcome parsed = run_program("/usr/bin/zsh", {"-fn", file});
  EXPECT_EQ(parsed.status, 0) << parsed.err;
  const Outcome sourced = run_program(
      "/usr/bin/zsh", {"-fc", "autoload -Uz compinit; compinit -D; source " + file + "; print $_comps[stapes]"});
  EXPECT_EQ(sourced.out, "_stapes\n") << sourced.err;
}

TEST(Completion, RefusesOtherShellsAndKeepsFiles) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"completion", "fish"}), 2, "bash or zsh"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"completion"}), 2, "SHELL"));
  const TempDir folder;
  const std::string file = (folder / "script").string();
  write_text_file(file, "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(run_stapes({"completion", "bash", "-o", file}), 1, file));
  EXPECT_EQ(read_text_file(file), "mine");
}

}  // namespace
}  // namespace stapes::test
