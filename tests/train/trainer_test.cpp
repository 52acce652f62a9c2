// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <ATen/record_function.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "compress/prune.h"
#include "graph/networks.h"
#include "runs/held_out.h"
#include "runs/lineage.h"
#include "support/random_network.h"
#include "train/modules/network_module.h"
#include "train/trainer_fixture.h"
#include "train/training_inputs.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class TrainerTest : public TrainerFixture {};

// Trains a small network by every route and compares the packed model with the trained network.
TEST_F(TrainerTest, EveryRouteLearnsAndItsPackedFormDecidesAsItDoes) {
  const RunFolder parent = run("fp32", config());
  const TrainResult full = finish(parent);
  EXPECT_GE(full.last_accuracy, 95);
  const TrainedNetwork network = read_network(parent.path());
  EXPECT_DOUBLE_EQ(packed_accuracy(pack_network(network)), full.last_accuracy);

  TrainConfig fine_tuning = config();
  const TrainedNetwork pruned =
      without_filters(network, removal_order(magnitude_scores(network), widths_in_scope(network.spec.graph, {}),
                                             filters_to_remove(network.spec.graph, PruneScope{}, 0.3)));
  fine_tuning.spec = pruned.spec;
  fine_tuning.learning_rate = 0.02;
  fine_tuning.epochs = 25;
  const RunFolder smaller = run("pruned", fine_tuning);
  const TrainResult tuned = finish(smaller, pruned);
  EXPECT_GE(tuned.last_accuracy, 90);
  const TrainedNetwork small = read_network(smaller.path());
  EXPECT_DOUBLE_EQ(packed_accuracy(pack_network(small)), tuned.last_accuracy);
  EXPECT_NEAR(packed_accuracy(quantized(small)), tuned.last_accuracy, 1.0 + 1e-9);  // 120 clips: one clip is 0.83

  const auto check_binary = [&](const char* name, const BinaryForm& form) {
    TrainConfig bits = config(true);
    bits.spec.form = form;
    const RunFolder binary = run(name, bits);
    const TrainResult result = finish(binary, network);
    const TrainedNetwork xnor = read_network(binary.path());
    EXPECT_TRUE(xnor.spec.binary);
    EXPECT_NEAR(packed_accuracy(pack_network(xnor)), result.last_accuracy, 4.2) << name;  // 5 of 120 clips
    return result.last_accuracy;
  };
  // Chance is 33 %. With the published layout, whether such a small network learns depends on the seed (six seeds: 31
  // to 67 %). With ours, all six reached 67 %.
  check_binary("xnor-published", {});
  EXPECT_GE(check_binary("xnor", {.keep_8_bit = {"conv2", "conv3", "conv12"}}), 55);
}

// The GPU code path on the CPU: samples as tensor operations, losses read once per epoch.
TEST_F(TrainerTest, TheWayOfAGpuLearnsAndIsResumed) {
  TrainConfig config = this->config();
  config.ema_decay = 0.8;
  const RunFolder whole = run("whole", config), broken = run("broken", config);
  const ComputeOn as_on_gpu{.device = std::nullopt, .as_on_gpu = true};
  int without_loss = 0, with_loss = 0;
  const auto observe = [&](const EpochReport& report) {
    EXPECT_EQ(report.loss.has_value(), report.batch == report.batches);
    ++(report.loss ? with_loss : without_loss);
  };
  const TrainResult result = train(whole, inputs(whole.config()), observe, {}, as_on_gpu);
  EXPECT_GE(result.last_accuracy, 95);
  EXPECT_GE(*result.ema_accuracy, 80);
  EXPECT_EQ(with_loss, config.epochs);
  EXPECT_EQ(without_loss, config.epochs * 6);  // 120 clips: 7 batches of 16
  const auto stop = [](const EpochReport& report) {
    if (report.epoch == 3 && report.batch == 2) throw Interrupted();
  };
  EXPECT_THROW(train(broken, inputs(broken.config()), stop, {}, as_on_gpu), Interrupted);
  train(
      broken, inputs(broken.config()), [](const EpochReport&) {}, {}, as_on_gpu);
  EXPECT_EQ(content(broken.weights()), content(whole.weights()));
  EXPECT_EQ(content(broken.ema_weights()), content(whole.ema_weights()));
}

// Backward passes through sign_convolution().
int sign_convolutions_seen = 0;

std::unique_ptr<at::ObserverContext> count_sign_convolution(const at::RecordFunction& function) {
  if (std::string_view(function.name()).find("SignConv") != std::string_view::npos) ++sign_convolutions_seen;
  return nullptr;
}

// The bound is that of EveryRouteLearnsAndItsPackedFormDecidesAsItDoes.
TEST_F(TrainerTest, ABinaryNetworkLearnsTheWayOfAGpu) {
  const RunFolder parent = run("fp32", config());
  finish(parent);
  TrainConfig bits = config(true);
  bits.spec.form = {.keep_8_bit = {"conv2", "conv3", "conv12"}};
  const RunFolder binary = run("xnor", bits);
  sign_convolutions_seen = 0;
  const auto counter = at::addThreadLocalCallback(
      at::RecordFunctionCallback(count_sign_convolution).scopes({at::RecordScope::BACKWARD_FUNCTION}));
  const TrainResult result = train(binary, inputs(bits, read_network(parent.path())), [](const EpochReport&) {}, {},
                                   {.device = std::nullopt, .as_on_gpu = true});
  at::removeCallback(counter);
  EXPECT_EQ(sign_convolutions_seen, bits.epochs * 7 * 8);  // 120 clips: 7 batches of 16; 8 layers as bits
  EXPECT_GE(result.last_accuracy, 55);
  EXPECT_NEAR(packed_accuracy(pack_network(read_network(binary.path()))), result.last_accuracy, 4.2);  // 5 of 120 clips
}

// Each option changes the loss. With all of them, the network learns and the run resumes.
TEST_F(TrainerTest, TheFurtherBinaryOptionsLearnAndAreResumed) {
  const RunFolder parent = run("fp32", config());
  finish(parent);
  TrainConfig bits = config(true);
  bits.spec.form = {.keep_8_bit = {"conv2", "conv3", "conv12"}};
  bits.teacher = parent.path().string();
  bits.activation_epochs = 5;
  bits.standardized = true;
  bits.binary_lr_factor = 2;
  bits.feature_weight = 1;
  const RunFolder whole = run("whole", bits), broken = run("broken", bits);
  const TrainResult result = finish(whole);
  EXPECT_GE(result.last_accuracy, 55);                                                                // chance is 33
  EXPECT_NEAR(packed_accuracy(pack_network(read_network(whole.path()))), result.last_accuracy, 4.2);  // 5 of 120 clips
  interrupt(broken, 9);
  finish(broken);
  EXPECT_EQ(content(broken.weights()), content(whole.weights()));
  const auto loss_after = [&](const char* name, auto change) {
    TrainConfig other = bits;
    other.epochs = 6;
    change(other);
    const RunFolder folder = run(name, other);
    finish(folder);
    return folder.metrics().back().at("loss").get<double>();
  };
  const double base = loss_after("base", [](TrainConfig&) {});
  EXPECT_NE(base, loss_after("unstandardized", [](TrainConfig& c) { c.standardized = false; }));
  EXPECT_NE(base, loss_after("one-rate", [](TrainConfig& c) { c.binary_lr_factor = 1; }));
  EXPECT_NE(base, loss_after("scores-only", [](TrainConfig& c) { c.feature_weight = 0; }));
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

// While only activations are binary, weights are real. An epoch of that stage cannot be the best.
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

// Averaging does not affect the run. The average differs from the last epoch's network.
TEST_F(TrainerTest, AveragedWeightsAreKeptBesideTheRun) {
  std::optional<TrainedNetwork> start;
  for (const bool binary : {false, true}) {
    TrainConfig without = config(binary);
    without.epochs = binary ? 20 : 15;
    TrainConfig with = without;
    with.ema_decay = 0.8;
    const std::string kind = binary ? "binary" : "full";
    const RunFolder plain = run(kind, without), averaged = run(kind + "-ema", with);
    const TrainResult expected = finish(plain, start), result = finish(averaged, start);
    start = read_network(plain.path());  // for the binary run
    EXPECT_FALSE(expected.ema_accuracy);
    EXPECT_FALSE(std::filesystem::exists(plain.ema_weights()));
    EXPECT_EQ(result.last_accuracy, expected.last_accuracy);
    EXPECT_EQ(content(averaged.weights()), content(plain.weights()));
    ASSERT_TRUE(result.ema_accuracy);
    EXPECT_GE(*result.ema_accuracy, result.last_accuracy - 15);
    EXPECT_GE(*result.ema_accuracy, binary ? 38 : 80);  // chance is 33
    EXPECT_EQ(averaged.metrics().back().at("ema_accuracy"), *result.ema_accuracy);
    const TrainedNetwork network = read_network(averaged.ema_weights());
    EXPECT_NE(network.tensors.at("conv5.weight").values,
              read_network(averaged.path()).tensors.at("conv5.weight").values);
    EXPECT_NEAR(packed_accuracy(pack_network(network)), *result.ema_accuracy, binary ? 4.2 : 1e-9);
    EXPECT_EQ(caveats(read_ancestry(network.provenance)), "");
  }
}

TEST_F(TrainerTest, WithValidationTheTestFoldIsEvaluatedOnce) {
  TrainConfig validated = config();
  validated.epochs = 6;
  validated.eval_every = 1;
  validated.ema_decay = 0.8;
  validated.select = Select::kValidation;
  const RunFolder folder = run("validated", validated);
  const TrainResult result = finish(folder);
  const auto metrics = folder.metrics();
  double best = -1;
  int best_epoch = 0;
  for (const nlohmann::json& line : metrics) {
    ASSERT_TRUE(line.contains("validation_accuracy") && line.contains("validation_ema_accuracy"));
    EXPECT_EQ(line.contains("accuracy"), line == metrics.back());
    if (line.at("validation_accuracy") > best) {
      best = line.at("validation_accuracy");
      best_epoch = line.at("epoch");
    }
  }
  EXPECT_EQ(result.best_epoch, best_epoch);
  EXPECT_EQ(result.best_validation_accuracy, best);
  EXPECT_EQ(result.selected_on, "validation");
  // The reported accuracy is that of best.network on the test fold.
  const TrainedNetwork chosen = read_network(folder.best_weights());
  EXPECT_DOUBLE_EQ(packed_accuracy(pack_network(chosen)), result.best_accuracy);
  EXPECT_THAT(chosen.provenance, HasSubstr(kBestOnValidation));
  EXPECT_EQ(caveats(read_ancestry(chosen.provenance)), "");
  EXPECT_TRUE(trained_on_validation_clips("{\"data_hash\":\"" + hash_ + "\",\"test_fold\":1}", validated));
  EXPECT_FALSE(trained_on_validation_clips(chosen.provenance, validated));
  EXPECT_FALSE(trained_on_validation_clips("{}", validated));
}

// Another run, with other random numbers, holds out the same clips.
TEST_F(TrainerTest, ValidationClipsAreNotTrainedOn) {
  TrainConfig validated = config();
  validated.select = Select::kValidation;
  const DividedClips clips = divide(validated, training_, test_);
  std::set<std::string_view> sources;
  for (const ClipView& clip : clips.training.clips) sources.insert(clip.source);
  for (const ClipView& clip : clips.choosing.clips) {
    EXPECT_FALSE(sources.contains(clip.source));
    EXPECT_NE(clip.fold, 1);
  }
  EXPECT_EQ(clips.training.clips.size() + clips.choosing.clips.size(), training_.clips.size());
  validated.seed = 7;
  const DividedClips other = divide(validated, training_, test_);
  ASSERT_EQ(other.choosing.clips.size(), clips.choosing.clips.size());
  EXPECT_EQ(other.choosing.clips[0].name, clips.choosing.clips[0].name);
}

TEST_F(TrainerTest, TheCurvesShowEveryEvaluation) {
  TrainConfig short_run = config();
  short_run.epochs = 4;
  short_run.eval_every = 2;
  short_run.ema_decay = 0.5;
  const RunFolder folder = run("curves", short_run);
  finish(folder);
  const std::string svg = read_text_file(folder.curves());
  for (const char* text : {"epoch", "loss (KL, nats)", "accuracy (%)", "learning rate", "EMA"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
}

// The largest published input, with all of ACDNet's 4.7 million weights.
TEST_F(TrainerTest, FullAcdnetAt44kHzTrainsAStep) {
  test::write_tones(dir_ / "tones44", 6, {.sample_rate_hz = 44100, .samples = 50000});
  const DataSet data(dir_ / "tones44");
  const ClipSet clips = select_classes(data, "all");
  TrainConfig large;
  apply_recipe("esc", large);
  large.spec = named_network("acdnet", 3, AudioInput{44100, 66650});
  large.data_hash = data.hash();
  large.batch_size = 2;
  large.epochs = 1;
  large.threads = 2;
  ClipSet one_test_clip = only_fold(clips, 1);
  one_test_clip.clips.resize(1);
  const RunFolder folder = run("large", large);
  const TrainResult result =
      train(folder, {large, without_fold(clips, 1), one_test_clip, {}}, [](const EpochReport&) {});
  EXPECT_EQ(result.epochs, 1);
  EXPECT_GT(folder.metrics().back().at("loss").get<double>(), 0);
  EXPECT_EQ(input_values(read_network(folder.path()).spec.input), 66650);
}

// Covers every check of TrainingInputs.
TEST_F(TrainerTest, WhatDoesNotFitTogetherIsRefused) {
  const auto check = [&](const TrainConfig& c, const std::optional<TrainedNetwork>& start = {}) { inputs(c, start); };
  const auto with_our_labels = [&](const NetworkSpec& spec) {
    TrainedNetwork network = test::RandomNetwork(spec).take();
    network.labels = training_.labels;
    return network;
  };
  EXPECT_NO_THROW(check(config()));
  TrainConfig other = config();
  other.spec.class_count = 4;
  EXPECT_THAT([&] { check(other); }, ThrowsMessage<Error>(HasSubstr("for 4 classes")));
  TrainedNetwork start = with_our_labels(config().spec);
  EXPECT_NO_THROW(check(config(), start));
  start.provenance = "{\"data_hash\":\"" + hash_ + "\",\"test_fold\":2}";
  EXPECT_THAT([&] { check(config(), start); }, ThrowsMessage<UsageError>(HasSubstr("fold 2 held out")));
  TrainConfig wider = config();
  ++wider.spec.graph.widths[4];
  EXPECT_THAT([&] { check(config(), with_our_labels(wider.spec)); }, ThrowsMessage<Error>(HasSubstr("widths")));
  EXPECT_THAT([&] { check(config(), with_our_labels(config(true).spec)); },
              ThrowsMessage<Error>(HasSubstr("is binary")));
  TrainConfig without_teacher = config();
  without_teacher.feature_weight = 1;
  EXPECT_THAT([&] { check_config(without_teacher); }, ThrowsMessage<UsageError>(HasSubstr("feature-weight")));
  ClipSet one_class_missing = training_;
  std::erase_if(one_class_missing.clips, [](const ClipView& clip) { return clip.label == 1; });
  EXPECT_THAT([&] { TrainingInputs(config(), one_class_missing, test_, {}); },
              ThrowsMessage<Error>(HasSubstr("middle")));
}

}  // namespace
}  // namespace stapes
