#include "train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "compress/pack.h"
#include "compress/prune.h"
#include "compress/quantize.h"
#include "data/selection.h"
#include "evaluate/packed_evaluation.h"
#include "network/weights_file.h"
#include "packed/writer.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/acdnet_module.h"
#include "train/check_training.h"
#include "train/evaluate_module.h"
#include "train/network_io.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Interrupted {};

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    hash_ = test::write_tones(dir_ / "tones", 240);
    data_ = std::make_unique<DataSet>(dir_ / "tones");
    const ClipSet clips = select_classes(*data_, "all");
    training_ = without_fold(clips, 1);
    test_ = only_fold(clips, 1);
  }

  TrainConfig config(bool binary = false) const {
    TrainConfig config;
    binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
    config.spec = {.sample_rate_hz = 8000,
                   .window_samples = 2000,
                   .class_count = 3,
                   .widths = {6, 12, 8, 8, 8, 12, 12, 12, 12, 16, 16, 16},
                   .binary = binary};
    config.data_hash = hash_;
    config.batch_size = 16;
    config.schedule = Schedule::kOneCycle;
    config.learning_rate = binary ? 0.01 : 0.05;
    config.epochs = binary ? 25 : 15;
    config.eval_every = 5;
    config.threads = 2;
    return config;
  }

  RunFolder run(const std::string& name, const TrainConfig& config) {
    return RunFolder::create(dir_ / name, config, Existing::kRefuse);
  }

  TrainResult finish(const RunFolder& run, const std::optional<TrainedNetwork>& start = {}) {
    return train(run, training_, test_, start, [](const EpochReport&) {});
  }

  // Kills the run, as far as a process can do that to itself, in the middle of epoch `epoch`.
  void interrupt(const RunFolder& run, int epoch) {
    const auto stop = [&](const EpochReport& report) {
      if (report.epoch == epoch && report.batch < report.batches) throw Interrupted();
    };
    EXPECT_THROW(train(run, training_, test_, {}, stop), Interrupted);
  }

  double packed_accuracy(const fb::ModelT& model) {
    const auto file = std::make_shared<const ModelFile>(serialize_model(model), "test");
    return evaluate_packed(file, test_, Protocol::kTenCrops, 2).accuracy();
  }

  fb::ModelT quantized(const TrainedNetwork& network) {
    return quantize_post_training(pack_network(network), [&](const auto& use) {
      for (const ClipView& clip : training_.clips) {
        use(clip_windows(clip.samples, network.spec.window_samples, Protocol::kSingleWindow));
      }
    });
  }

  test::TempDir dir_;
  std::string hash_;
  std::unique_ptr<DataSet> data_;
  ClipSet training_, test_;
};

// One real training of each route, packed, against the training form: the whole job in small.
TEST_F(TrainerTest, EveryRouteLearnsAndItsPackedFormDecidesAsItDoes) {
  const RunFolder parent = run("fp32", config());
  const TrainResult full = finish(parent);
  EXPECT_GE(full.last_accuracy, 95);
  const TrainedNetwork network = read_network(parent.path());
  EXPECT_DOUBLE_EQ(packed_accuracy(pack_network(network)), full.last_accuracy);

  TrainConfig fine_tuning = config();
  const TrainedNetwork pruned = prune_by_magnitude(network, 0.3);
  fine_tuning.spec = pruned.spec;
  fine_tuning.learning_rate = 0.02;
  fine_tuning.epochs = 25;
  const RunFolder smaller = run("pruned", fine_tuning);
  const TrainResult tuned = finish(smaller, pruned);
  EXPECT_GE(tuned.last_accuracy, 90);
  const TrainedNetwork small = read_network(smaller.path());
  EXPECT_DOUBLE_EQ(packed_accuracy(pack_network(small)), tuned.last_accuracy);
  EXPECT_NEAR(packed_accuracy(quantized(small)), tuned.last_accuracy, 1.0 + 1e-9);  // 120 clips: one clip is 0.83

  // The published layout, and ours: chance is 33 %.
  const auto check_binary = [&](const char* name, const BinaryForm& form, double least) {
    TrainConfig bits = config(true);
    bits.spec.form = form;
    const RunFolder binary = run(name, bits);
    const TrainResult result = finish(binary, network);
    EXPECT_GE(result.last_accuracy, least) << name;
    const TrainedNetwork xnor = read_network(binary.path());
    EXPECT_TRUE(xnor.spec.binary);
    EXPECT_NEAR(packed_accuracy(pack_network(xnor)), result.last_accuracy, 4.2) << name;  // 5 of 120 clips
  };
  check_binary("xnor-published", {}, 45);
  check_binary("xnor", {.eight_bit = {2, 3, 12}}, 55);
}

std::string content(const std::filesystem::path& path) { return read_text_file(path); }

nlohmann::json without_times(nlohmann::json line) {
  line.erase("seconds");
  line.erase("clips_per_second");
  return line;
}

TEST_F(TrainerTest, AnInterruptedRunEndsInTheSameBits) {
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

TEST_F(TrainerTest, AnotherSeedIsAnotherRun) {
  TrainConfig one = config(), two = config();
  one.epochs = two.epochs = 1;
  two.seed = 2;
  const RunFolder first = run("one", one), second = run("two", two);
  finish(first);
  finish(second);
  EXPECT_NE(content(first.weights()), content(second.weights()));
}

TEST_F(TrainerTest, MetricsSayWhatHappened) {
  TrainConfig short_run = config(true);
  short_run.epochs = 3;
  short_run.eval_every = 2;
  const RunFolder folder = run("metrics", short_run);
  finish(folder);
  const auto metrics = folder.metrics();
  ASSERT_EQ(metrics.size(), 3u);
  EXPECT_FALSE(metrics[0].contains("accuracy"));
  EXPECT_TRUE(metrics[1].contains("accuracy"));
  EXPECT_TRUE(metrics[2].contains("accuracy"));  // the last epoch always
  ASSERT_EQ(metrics[2].at("alpha").size(), 11u);
  EXPECT_GT(metrics[2].at("alpha")[1].get<double>(), 0);
  EXPECT_EQ(RunFolder::open(folder.path()).config().epochs, 3);
}

// With signs on activations only, weights are real: such an epoch is another network and cannot be the best one.
TEST_F(TrainerTest, TheFirstStageLeavesNoNetwork) {
  TrainConfig two_stages = config(true);
  two_stages.epochs = 4;
  two_stages.activation_epochs = 3;
  two_stages.eval_every = 1;
  const RunFolder folder = run("stages", two_stages);
  interrupt(folder, 4);
  EXPECT_FALSE(std::filesystem::exists(folder.weights()));
  EXPECT_EQ(finish(folder).best_epoch, 4);
  EXPECT_TRUE(std::filesystem::exists(folder.weights()));
  EXPECT_EQ(folder.metrics()[2].at("weights"), "real");
  EXPECT_EQ(folder.metrics()[3].at("weights"), "binary");
}

TEST_F(TrainerTest, ADamagedCheckpointIsNamed) {
  TrainConfig short_run = config();
  short_run.epochs = 2;
  const RunFolder folder = run("damaged", short_run);
  interrupt(folder, 2);
  std::string bytes = content(folder.checkpoint());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text_file(folder.checkpoint(), bytes, Existing::kReplace);
  EXPECT_THAT([&] { finish(folder); }, ThrowsMessage<Error>(HasSubstr("checkpoint.bin")));
}

TEST_F(TrainerTest, AFinishedRunThatLostItsResultsInventsNone) {
  TrainConfig short_run = config();
  short_run.epochs = 1;
  const RunFolder folder = run("lost", short_run);
  const TrainResult first = finish(folder);
  EXPECT_EQ(finish(folder).last_accuracy, first.last_accuracy);  // nothing left to do: the same answer
  write_text_file(folder.path() / "metrics.jsonl", "garbage", Existing::kReplace);
  EXPECT_THAT([&] { finish(folder); }, ThrowsMessage<Error>(HasSubstr("metrics.jsonl")));
}

TEST_F(TrainerTest, ACheckpointOfAnotherConfigIsRefused) {
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

// Every check of check_training(), before anything is written.
TEST_F(TrainerTest, WhatDoesNotFitTogetherIsRefused) {
  const auto check = [&](const TrainConfig& c, const std::optional<TrainedNetwork>& start = {}) {
    check_training(c, training_, test_, start);
  };
  EXPECT_NO_THROW(check(config()));
  TrainConfig other = config();
  other.spec.class_count = 4;
  EXPECT_THAT([&] { check(other); }, ThrowsMessage<Error>(HasSubstr("for 4 classes")));
  TrainedNetwork start = test::RandomNetwork(config().spec).take();
  EXPECT_NO_THROW(check(config(), start));
  start.provenance = "{\"data_hash\":\"" + hash_ + "\",\"test_fold\":2}";
  EXPECT_THAT([&] { check(config(), start); }, ThrowsMessage<UsageError>(HasSubstr("fold 2 held out")));
  TrainConfig wider = config();
  ++wider.spec.widths[4];
  EXPECT_THAT([&] { check(config(), test::RandomNetwork(wider.spec).take()); },
              ThrowsMessage<Error>(HasSubstr("widths")));
  EXPECT_THAT([&] { check(config(), test::RandomNetwork(config(true).spec).take()); },
              ThrowsMessage<Error>(HasSubstr("is binary")));
  ClipSet one_class_missing = training_;
  std::erase_if(one_class_missing.clips, [](const ClipView& clip) { return clip.label == 1; });
  EXPECT_THAT([&] { check_training(config(), one_class_missing, test_, {}); },
              ThrowsMessage<Error>(HasSubstr("middle")));
}

TEST_F(TrainerTest, AFolderThatIsNoRunIsNotReplaced) {
  write_text_file(dir_ / "precious", "x", Existing::kRefuse);
  EXPECT_THROW(RunFolder::create(dir_.path(), config(), Existing::kReplace), Error);
  EXPECT_EQ(content(dir_ / "precious"), "x");
  EXPECT_THROW(RunFolder::open(dir_.path()), Error);
}

}  // namespace
}  // namespace stapes
