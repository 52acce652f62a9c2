// SPDX-License-Identifier: Apache-2.0
// Runs that are interrupted, damaged, moved, changed or used twice.
#include "runs/run_folder.h"

#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "runs/fold_runs.h"
#include "runs/parents.h"
#include "train/trainer_fixture.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class RunFolderTest : public TrainerFixture {};

nlohmann::json without_times(nlohmann::json line) {
  line.erase("seconds");
  line.erase("clips_per_second");
  return line;
}

TEST_F(RunFolderTest, AnInterruptedRunEndsInTheSameBits) {
  for (const bool binary : {false, true}) {
    TrainConfig short_run = config(binary);
    short_run.epochs = 4;
    short_run.eval_every = 1;
    const std::string kind = binary ? "binary" : "full";
    const RunFolder whole = run(kind + "-whole", short_run), broken = run(kind + "-broken", short_run);
    finish(whole);
    interrupt(broken, 2);
    interrupt(broken, 4);
    finish(broken);
    EXPECT_EQ(content(whole.weights()), content(broken.weights())) << kind;
    const auto want = whole.metrics(), got = broken.metrics();
    ASSERT_EQ(want.size(), 4u);
    ASSERT_EQ(got.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(without_times(got[i]), without_times(want[i])) << kind;
  }
}

// A kill costs the epochs since the last checkpoint. A process always saves its first epoch, or short processes would
// never make progress.
TEST_F(RunFolderTest, CheckpointsMayLieFurtherApartThanEpochs) {
  TrainConfig seldom = config(true);
  seldom.epochs = 4;
  seldom.eval_every = 1;
  TrainConfig often = seldom;
  seldom.checkpoint_seconds = 3600;
  const RunFolder whole = run("often", often), broken = run("seldom", seldom);
  finish(whole);
  interrupt(broken, 3);
  EXPECT_TRUE(std::filesystem::exists(broken.checkpoints().newest)) << "after epoch 1";
  EXPECT_FALSE(std::filesystem::exists(broken.checkpoints().previous)) << "none after epoch 2";
  EXPECT_EQ(broken.metrics().size(), 2u);
  std::vector<int> epochs;
  train(broken, inputs(broken.config()), [&](const EpochReport& report) { epochs.push_back(report.epoch); });
  EXPECT_EQ(epochs.front(), 2);
  EXPECT_TRUE(broken.checkpoints().any()) << "the last epoch is always kept";
  const auto want = whole.metrics(), got = broken.metrics();
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(without_times(got[i]), without_times(want[i]));
  finish(broken);  // already trained: repeats nothing
  EXPECT_EQ(broken.metrics().size(), want.size());
}

TEST_F(RunFolderTest, ARunResumedOnAnotherDeviceSaysSo) {
  TrainConfig begun = config();
  begun.epochs = 3;
  begun.device = Device::kCuda;
  begun.precision = Precision::kMixed;
  const RunFolder folder = run("moved", begun);
  EXPECT_EQ(RunFolder::open(folder.path()).config().precision, Precision::kMixed);
  const auto no_report = [](const EpochReport&) {};
  if (!torch::cuda::is_available()) {
    EXPECT_THAT([&] { train(folder, inputs(folder.config()), no_report); },
                ThrowsMessage<UsageError>(HasSubstr("no CUDA device")));
    EXPECT_THAT([] { choose_device("cuda"); }, ThrowsMessage<UsageError>(HasSubstr("--device cpu")));
  }
  std::vector<std::string> notes;
  const auto note = [&](const std::string& text) { notes.push_back(text); };
  const auto stop = [](const EpochReport& report) {
    if (report.epoch == 2) throw Interrupted();
  };
  const ComputeOn on_cpu{.device = Device::kCpu};
  EXPECT_THROW(train(folder, inputs(folder.config()), stop, note, on_cpu), Interrupted);
  EXPECT_TRUE(notes.empty());  // not yet started on any device
  train(folder, inputs(folder.config()), no_report, note, on_cpu);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_THAT(notes[0], HasSubstr("this run started on cuda and continues on cpu"));
}

void flip_a_bit(const std::filesystem::path& path) {
  std::string bytes = content(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text_file(path, bytes, Existing::kReplace);
}

void cut_in_half(const std::filesystem::path& path) { std::filesystem::resize_file(path, content(path).size() / 2); }

// The newest checkpoint is corrupted, truncated or missing. A resume uses the one before, tells the user and ends in
// the same bits.
TEST_F(RunFolderTest, ADamagedCheckpointCostsOneEpoch) {
  TrainConfig short_run = config(true);
  short_run.epochs = 4;
  short_run.eval_every = 1;
  short_run.ema_decay = 0.9;
  const RunFolder whole = run("whole", short_run);
  finish(whole);
  const auto remove = [](const std::filesystem::path& path) { std::filesystem::remove(path); };
  const std::function<void(const std::filesystem::path&)> damages[] = {flip_a_bit, cut_in_half, remove};
  for (std::size_t i = 0; i < std::size(damages); ++i) {
    const RunFolder folder = run("damaged" + std::to_string(i), short_run);
    interrupt(folder, 4);
    damages[i](folder.checkpoints().newest);
    std::vector<std::string> notes;
    std::vector<int> epochs;
    train(
        folder, inputs(folder.config()), [&](const EpochReport& report) { epochs.push_back(report.epoch); },
        [&](const std::string& note) { notes.push_back(note); });
    ASSERT_EQ(notes.size(), 1u) << i;
    EXPECT_THAT(notes[0], HasSubstr("after epoch 2"));
    EXPECT_EQ(epochs.front(), 3);
    for (const auto file : {&RunFolder::weights, &RunFolder::best_weights, &RunFolder::ema_weights}) {
      EXPECT_EQ(content((folder.*file)()), content((whole.*file)())) << i;
    }
    EXPECT_EQ(folder.metrics().size(), 4u);
  }
}

TEST_F(RunFolderTest, WithoutAWholeCheckpointBothAreNamed) {
  TrainConfig short_run = config();
  short_run.epochs = 3;
  const RunFolder folder = run("damaged", short_run);
  interrupt(folder, 3);
  flip_a_bit(folder.checkpoints().newest);
  cut_in_half(folder.checkpoints().previous);
  EXPECT_THAT([&] { finish(folder); },
              ThrowsMessage<Error>(AllOf(HasSubstr("checkpoint.bin"), HasSubstr("checkpoint.previous.bin"))));
}

TEST_F(RunFolderTest, OneRunIsTrainedOnceAtATime) {
  TrainConfig short_run = config();
  short_run.epochs = 1;
  const RunFolder folder = run("busy", short_run);
  const auto held = folder.lock();
  EXPECT_THAT([&] { finish(folder); }, ThrowsMessage<Busy>(HasSubstr("busy")));
  EXPECT_THROW(RunFolder::create(folder.path(), short_run, Existing::kReplace), Busy);
  EXPECT_TRUE(folder.metrics().empty());
}

TEST_F(RunFolderTest, ATeacherThatChangedIsRefusedOnResume) {
  TrainConfig teaching = config();
  teaching.epochs = 1;
  const RunFolder teacher = run("teacher", teaching);
  finish(teacher);
  TrainConfig taught = config();
  taught.epochs = 3;
  taught.teacher = teacher.path().string();
  const TrainedNetwork network = read_network(teacher.path());
  taught.teacher_provenance = network.provenance;
  taught.teacher_hash = content_hash(network);
  const RunFolder pupil = run("pupil", taught);
  interrupt(pupil, 2);
  TrainedNetwork changed = network;
  changed.tensors.at("head.bias").values[0] += 1e-3f;
  write_network(teacher.weights(), changed, Existing::kReplace);
  EXPECT_THAT([&] { finish(pupil); }, ThrowsMessage<Error>(HasSubstr("has changed since the run began")));
  write_network(teacher.weights(), network, Existing::kReplace);
  EXPECT_NO_THROW(finish(pupil));
}

// "0,1" used to mean the first two classes. If class names are numbers, it now means those names. Older runs record
// labels only in the weights file.
TEST_F(RunFolderTest, ClassesThatMeanOthersNowAreRefusedOnResume) {
  TrainConfig recorded = config();
  recorded.epochs = 3;
  recorded.eval_every = 1;
  recorded.classes = "0,1,2";
  const TrainConfig earlier = recorded;
  recorded.labels = training_.labels;
  const auto refused = [&](const RunFolder& folder, const std::string& file) {
    EXPECT_THAT([&] { finish(folder); },
                ThrowsMessage<Error>(AllOf(HasSubstr(folder.path().string() + " was started with other classes"),
                                           HasSubstr("class 1 is 'other' in its " + file + ", but 'middle'"),
                                           HasSubstr("--classes 0,1,2, which now means "), HasSubstr("--force"))));
  };
  for (const TrainConfig& one : {earlier, recorded}) {
    const RunFolder folder = run(one.labels.empty() ? "earlier" : "recorded", one);
    interrupt(folder, 2);
    const TrainedNetwork network = read_network(folder.path());
    TrainedNetwork changed = network;
    changed.labels[1] = "other";
    write_network(folder.weights(), changed, Existing::kReplace);
    refused(folder, "weights.network");
    write_network(folder.weights(), network, Existing::kReplace);
    EXPECT_NO_THROW(finish(folder));
  }
  recorded.labels[1] = "other";
  refused(run("begun", recorded), "config.json");  // even before its first epoch
}

TEST_F(RunFolderTest, FoldsAreOrdinaryRunsThatAreCollected) {
  TrainConfig one = config();
  one.epochs = 1;
  TrainConfig two = one;
  two.fold = 2;
  const FoldRuns runs = FoldRuns::create(dir_ / "folds", {one, two}, Existing::kRefuse);
  EXPECT_TRUE(FoldRuns::is_one(runs.path()));
  EXPECT_EQ(FoldRuns::open(runs.path()).folds(), (std::vector<int>{1, 2}));
  const TrainResult first = finish(RunFolder::open(runs.run_of(1)));
  const std::vector<FoldResult> results = runs.results();
  ASSERT_TRUE(results[0].result);
  EXPECT_EQ(results[0].result->last_accuracy, first.last_accuracy);
  EXPECT_FALSE(results[1].result);
  EXPECT_EQ(same_fold_of(runs.path(), 2), runs.run_of(2));
  EXPECT_EQ(same_fold_of("elsewhere", 2), "elsewhere");
  EXPECT_THAT([&] { same_fold_of(runs.path(), 3); }, ThrowsMessage<UsageError>(HasSubstr("folds 1, 2")));
  {
    const auto held = RunFolder::lock(runs.run_of(2));
    EXPECT_THROW(FoldRuns::create(runs.path(), {one}, Existing::kReplace), Busy);
  }
  for (const char* damaged :
       {"", "{}", R"({"folds":3})", R"({"folds":[]})", R"({"folds":["1"]})", R"({"folds":[4294967297]})"}) {
    write_text_file(runs.path() / "folds.json", damaged, Existing::kReplace);
    EXPECT_THAT([&] { FoldRuns::open(runs.path()); }, ThrowsMessage<Error>(HasSubstr("folds.json"))) << damaged;
  }
}

TEST_F(RunFolderTest, AFinishedRunThatLostItsResultsInventsNone) {
  TrainConfig short_run = config();
  short_run.epochs = 1;
  const RunFolder folder = run("lost", short_run);
  const TrainResult first = finish(folder);
  EXPECT_EQ(finish(folder).last_accuracy, first.last_accuracy);  // nothing left to do: the same result
  write_text_file(folder.path() / "metrics.jsonl", "garbage", Existing::kReplace);
  EXPECT_THAT([&] { finish(folder); }, ThrowsMessage<Error>(HasSubstr("metrics.jsonl")));
}

TEST_F(RunFolderTest, ACheckpointOfAnotherConfigIsRefused) {
  TrainConfig short_run = config();
  short_run.epochs = 2;
  const RunFolder folder = run("edited", short_run);
  interrupt(folder, 2);
  nlohmann::json edited = to_json(short_run);
  edited["fold"] = 2;
  write_text_file(folder.path() / "config.json", edited.dump(), Existing::kReplace);
  const RunFolder reopened = RunFolder::open(folder.path());
  EXPECT_THAT([&] { finish(reopened); }, ThrowsMessage<Error>(HasSubstr("config.json was edited")));
}

TEST_F(RunFolderTest, AFolderThatIsNotARunIsNotReplaced) {
  write_text_file(dir_ / "precious", "x", Existing::kRefuse);
  EXPECT_THROW(RunFolder::create(dir_.path(), config(), Existing::kReplace), Error);
  EXPECT_EQ(content(dir_ / "precious"), "x");
  EXPECT_THROW(RunFolder::open(dir_.path()), Error);
}

}  // namespace
}  // namespace stapes
