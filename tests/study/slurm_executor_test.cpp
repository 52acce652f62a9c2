// SPDX-License-Identifier: Apache-2.0
// With stand-ins for Slurm's programs. squeue prints the file `queue`. slurm_study_test.sh uses the real ones.
#include "study/execution/slurm_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Numbers jobs from 1. Rejects one job if the file `refusal` exists, all jobs if `refusal.forever` exists.
constexpr const char* kSbatch = R"(
printf '%s\n' "$@" > sbatch.arguments
[ -e refusal.forever ] && { cat refusal.forever >&2; exit 1; }
[ -e refusal ] && { cat refusal >&2; rm refusal; exit 1; }
echo x >> submissions
echo "sbatch: mind the weather" >&2
echo "$(wc -l < submissions);cluster"
)";

// Fails for an unknown job, like the real squeue.
constexpr const char* kSqueue = R"(
[ -e down.forever ] && { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }
[ -e down ] && { rm down; echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }
for argument; do
  case $argument in
    --jobs=*) jobs=${argument#--jobs=} ;;
    *%o*) cat scripts; exit ;;
  esac
done
awk -v jobs=",$jobs," 'index(jobs, "," $1 ",")' queue > answer
case $jobs in
  *,*) ;;
  *) [ -s answer ] || { echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1; } ;;
esac
cat answer
)";

constexpr const char* kScancel = "printf '%s\\n' \"$@\" > scancel.arguments\n";

class SlurmExecutorTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(results());
    fs::create_directories(dir_ / "bin");
    path_ = std::getenv("PATH");
    play("sbatch", kSbatch);
    play("squeue", kSqueue);
    play("scancel", kScancel);
    say("queue", "");
    say("scripts", "");
    ::setenv("PATH", ((dir_ / "bin").string() + ":/usr/bin:/bin").c_str(), 1);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  void play(const std::string& program, const std::string& script) const {
    const fs::path file = dir_ / "bin" / program;
    write_text_file(file, "#!/bin/sh\ncd '" + dir_.path().string() + "'\n" + script, Existing::kReplace);
    fs::permissions(file, fs::perms::owner_all);
  }
  void say(const std::string& file, const std::string& text) const {
    write_text_file(dir_ / file, text, Existing::kReplace);
  }
  std::string read(const std::string& file) const { return read_text_file(dir_ / file); }
  std::vector<std::string> arguments_of(const std::string& program) const {
    std::istringstream text(read(program + ".arguments"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  // Characters special to a shell, Slurm or a pattern.
  fs::path results() const { return dir_ / "it's %a $HOME \"é\""; }
  fs::path slurm() const { return results() / "slurm"; }
  SlurmOptions options() const {
    return {.results = results(),
            .stapes = dir_ / "bin/stapes",
            .partition = "p",
            .threads = 2,
            .tasks = 5,
            .shortest_poll = 1ms,
            .longest_poll = 4ms,
            .patience = 10s};
  }
  // The cells that have ended, by Slurm's current answers.
  static std::vector<std::string> ended(SlurmExecutor& executor) {
    for (int look = 0; look < 20; ++look) {
      if (const auto cells = executor.ended(); !cells.empty()) return cells;
    }
    return {};
  }
  template <class Call>
  static std::string failure_of(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no failure";
  }

  test::TempDir dir_;
  std::string path_;
};

TEST_F(SlurmExecutorTest, SubmitsCellsAsOneArrayAndTellsQueuedRunningAndEndedOnes) {
  SlurmExecutor executor(options());
  EXPECT_EQ(executor.capacity(), 5u);
  executor.start({"a", "b", "c"});
  EXPECT_EQ(executor.capacity(), 2u);
  EXPECT_EQ(read_text_file(slurm() / "array-1.txt"), "a\nb\nc\n");
  const std::vector<std::string> submission = arguments_of("sbatch");
  for (const char* argument : {"--array=0-2", "--cpus-per-task=2", "--partition=p", "--no-requeue", "--parsable"}) {
    EXPECT_THAT(submission, testing::Contains(argument));
  }
  EXPECT_EQ(submission.back(), (slurm() / "array-1.sh").string());
  EXPECT_EQ(read("submissions"), "x\n");

  say("queue", "1 0 R\n1 1 PD\n1 2 CG\n2 0 R\n");
  EXPECT_THAT(ended(executor), IsEmpty());
  EXPECT_THAT(executor.running(), UnorderedElementsAre("a", "c"));
  say("queue", "1 0 F\n1 1 R\n");  // the third task is no longer known
  EXPECT_THAT(ended(executor), UnorderedElementsAre("a", "c"));
  EXPECT_THAT(executor.running(), ElementsAre("b"));
  EXPECT_EQ(executor.capacity(), 4u);
  say("queue", "");  // now the job is unknown
  EXPECT_THAT(ended(executor), ElementsAre("b"));
  EXPECT_EQ(executor.capacity(), 5u);
}

TEST_F(SlurmExecutorTest, WatchesSeveralArraysAtOnce) {
  SlurmExecutor executor(options());
  executor.start({"a"});
  say("queue", "1 0 R\n2 0 R\n2 1 PD\n");
  executor.start({"b", "c"});
  EXPECT_EQ(read_text_file(slurm() / "array-2.txt"), "b\nc\n");
  say("queue", "2 0 TO\n2 1 PD\n");
  EXPECT_THAT(ended(executor), UnorderedElementsAre("a", "b"));
}

TEST_F(SlurmExecutorTest, EachTaskRunsTheCellOfItsLineWhateverCharactersThePathHas) {
  play("stapes", "printf '%s\\n' \"$@\" > stapes.arguments\n");
  SlurmExecutor executor(options());
  executor.start({"first-1", "second-2", "third-3"});
  const ProgramEnd task =
      run_to_end({"env", "SLURM_ARRAY_TASK_ID=1", "sh", (slurm() / "array-1.sh").string()}, "", 10s);
  EXPECT_EQ(task.status, 0) << task.output;
  EXPECT_THAT(arguments_of("stapes"), ElementsAre("study-cell", results().string(), "second-2", "--threads", "2"));
}

TEST_F(SlurmExecutorTest, LetsSlurmWriteLogsBesideTheListsUnlessItCouldNot) {
  SlurmExecutor(options()).start({"a"});
  std::string path = slurm().string();
  path.insert(path.find('%'), "%");
  EXPECT_THAT(arguments_of("sbatch"), testing::Contains("--output=" + path + "/array-1_%a.log"));
  SlurmOptions backslash = options();
  backslash.results = dir_ / "a\\b";
  SlurmExecutor(backslash).start({"a"});
  EXPECT_THAT(arguments_of("sbatch"), testing::Contains("--output=/dev/null"));
}

TEST_F(SlurmExecutorTest, DoesNotMistakeAnOutageForTheEndOfTheJobs) {
  SlurmExecutor executor(options());
  executor.start({"a", "b"});
  say("queue", "1 0 R\n1 1 R\n");
  say("down", "");
  EXPECT_THAT(ended(executor), IsEmpty());
  EXPECT_FALSE(fs::exists(dir_ / "down"));
  EXPECT_EQ(executor.running().size(), 2u);
}

TEST_F(SlurmExecutorTest, GivesUpWhenSlurmStaysUnavailable) {
  SlurmOptions hasty = options();
  hasty.patience = 50ms;
  SlurmExecutor executor(hasty);
  executor.start({"a"});
  say("down.forever", "");
  const std::string failure = failure_of([&] {
    for (int look = 0; look < 10'000; ++look) executor.ended();
  });
  EXPECT_THAT(failure, HasSubstr("Unable to contact slurm controller"));
}

TEST_F(SlurmExecutorTest, SaysInOneLineWhatSlurmRefuses) {
  SlurmExecutor executor(options());
  say("refusal",
      "sbatch: error: invalid partition specified: p\n"
      "sbatch: error: Batch job submission failed: Invalid partition name specified\n");
  const std::string failure = failure_of([&] { executor.start({"a"}); });
  EXPECT_THAT(failure, HasSubstr(": Batch job submission failed: Invalid partition name specified;"));
  EXPECT_THAT(failure, Not(HasSubstr("\n")));
  EXPECT_THAT(read_text_file(slurm() / "jobs.json"), Not(HasSubstr("number"))) << "no array was taken";
}

TEST_F(SlurmExecutorTest, WaitsForAControllerOnlyWhenItWasThereBefore) {
  const std::string away = "sbatch: error: Batch job submission failed: Unable to contact slurm controller\n";
  say("refusal", away);
  SlurmExecutor executor(options());
  EXPECT_THAT(failure_of([&] { executor.start({"a"}); }), HasSubstr("Unable to contact slurm controller"));
  executor.start({"a"});
  say("refusal", away);
  executor.start({"b"});
  EXPECT_EQ(read("submissions"), "x\nx\n");
  say("queue", "1 0 R\n");
  EXPECT_THAT(ended(executor), ElementsAre("b"));
}

TEST_F(SlurmExecutorTest, DoesNotSubmitTwiceWhenOnlyTheAnswerWasLost) {
  SlurmExecutor executor(options());
  executor.start({"a"});
  say("refusal", "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n");
  say("scripts", "8 /elsewhere/slurm/array-2.sh\n9 " + (slurm() / "array-2.sh").string() + "\n");
  executor.start({"b"});
  EXPECT_EQ(read("submissions"), "x\n");
  say("queue", "1 0 R\n9 0 R\n");
  EXPECT_THAT(ended(executor), IsEmpty());
  EXPECT_THAT(executor.running(), UnorderedElementsAre("a", "b"));
}

TEST_F(SlurmExecutorTest, TakesARefusalThatSpeaksOfATimeForAnAnswer) {
  SlurmExecutor executor(options());
  executor.start({"a"});
  say("refusal", "sbatch: error: Batch job submission failed: the prolog timed out on every node\n");
  EXPECT_THAT(failure_of([&] { executor.start({"b"}); }), HasSubstr("sbatch failed: Batch job submission failed: the"));
  EXPECT_EQ(read("submissions"), "x\n");
}

TEST_F(SlurmExecutorTest, NeedsSlurmsProgramsAndSaysWhereTheyAre) {
  ::setenv("PATH", (dir_ / "nowhere").c_str(), 1);
  EXPECT_THROW(SlurmExecutor{options()}, UsageError);
  const std::string failure = failure_of([&] { SlurmExecutor{options()}; });
  EXPECT_THAT(failure, HasSubstr("slurm-client"));
  EXPECT_THAT(failure, HasSubstr("--executor local"));
}

TEST_F(SlurmExecutorTest, AdoptsWhatAKilledCoordinatorLeftAtWorkAndReportsItsEnd) {
  SlurmExecutor(options()).start({"a", "b", "c"});
  say("queue", "1 0 CD\n1 1 R\n1 2 PD\n");
  say("down", "");  // Slurm is restarting
  SlurmExecutor next(options());
  EXPECT_THAT(next.adopted(), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(next.running(), ElementsAre("b"));
  EXPECT_EQ(next.capacity(), 3u);
  next.start({"d"});
  EXPECT_EQ(read_text_file(slurm() / "array-1.txt"), "a\nb\nc\n");
  say("queue", "1 2 PD\n2 0 R\n");
  EXPECT_THAT(ended(next), ElementsAre("b"));
  SlurmExecutor third(options());
  EXPECT_THAT(third.adopted(), UnorderedElementsAre("c", "d"));
}

TEST_F(SlurmExecutorTest, AdoptsAnArrayThatWasSubmittedButNotWrittenDown) {
  SlurmExecutor(options()).start({"a", "b"});
  const std::string jobs = read_text_file(slurm() / "jobs.json");
  ASSERT_THAT(jobs, HasSubstr("\"job\":\"1\""));
  write_text_file(slurm() / "jobs.json", R"({"arrays":[{"number":1,"job":""}]})", Existing::kReplace);
  say("scripts", "1 " + (slurm() / "array-1.sh").string() + "\n");
  say("queue", "1 0 R\n1 1 R\n");
  EXPECT_THAT(SlurmExecutor(options()).adopted(), UnorderedElementsAre("a", "b"));
  say("scripts", "");
  EXPECT_THAT(SlurmExecutor(options()).adopted(), IsEmpty());
}

TEST_F(SlurmExecutorTest, RefusesADamagedListOfJobs) {
  SlurmExecutor(options()).start({"a"});
  for (const char* text : {"", "[]", R"({"arrays":[{"number":1}]})", R"({"arrays":[{"number":1,"job":"-x"}]})"}) {
    write_text_file(slurm() / "jobs.json", text, Existing::kReplace);
    EXPECT_THAT(failure_of([&] { SlurmExecutor{options()}; }), HasSubstr("jobs.json is damaged")) << text;
  }
}

TEST_F(SlurmExecutorTest, StopsItsTasksAndNoOthers) {
  SlurmExecutor executor(options());
  executor.start({"a", "b"});
  say("queue", "1 1 R\n5 0 R\n");
  ended(executor);
  executor.stop();
  EXPECT_THAT(arguments_of("scancel"), ElementsAre("1_1"));
  EXPECT_EQ(executor.capacity(), 5u);
}

}  // namespace
}  // namespace stapes
