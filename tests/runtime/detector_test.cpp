// SPDX-License-Identifier: Apache-2.0
#include "stapes/detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <tuple>

#include "kernels/softmax/softmax_params.h"
#include "packed/model_file.h"
#include "packed/operators/operator.h"
#include "packed/writer.h"
#include "runtime/c_caller.h"
#include "runtime/detector_plan.h"
#include "runtime/host_model.h"
#include "support/count_allocations.h"
#include "support/gated_model.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using Samples = std::vector<std::int16_t>;
using Detections = std::vector<std::tuple<int, float, std::uint64_t>>;

std::shared_ptr<const ModelFile> detector_file(const fb::ModelT& model) {
  return std::make_shared<const ModelFile>(serialize_model(model), "test model");
}

// A Detector with an arena of exactly the requested size.
class OwnedDetector {
 public:
  template <class Model>
  OwnedDetector(const Model& model, Detector::Size size)
      : bytes_(Detector::arena_bytes(model, size)), arena_(allocate_aligned(bytes_)) {
    std::memset(arena_.get(), 0xFF, bytes_);
    EXPECT_EQ(it_.load(model, {arena_.get(), bytes_}, size), Status::kOk);
  }
  Detector& operator*() { return it_; }
  Detector* operator->() { return &it_; }

  Detections push(std::span<const std::int16_t> samples, std::size_t block) {
    Detections all;
    while (!samples.empty()) {
      Detection detection;
      const auto [taken, scored, detected] = it_.push_pcm(samples.first(std::min(block, samples.size())), detection);
      EXPECT_TRUE(scored || !detected);
      if (detected) all.emplace_back(detection.class_index, detection.score, detection.end_sample);
      samples = samples.subspan(taken);
    }
    return all;
  }

 private:
  std::size_t bytes_;
  AlignedBytes arena_;
  Detector it_;
};

class DetectorTest : public testing::TestWithParam<const char*> {
 protected:
  const std::shared_ptr<const ModelFile> file_ = detector_file(test::tiny_model(GetParam()));
  const std::span<const std::byte> blob_ = file_->blob();
  const int step_ = StreamClassifier::step_samples(blob_);
  const Detector::Size size_{.hop_samples = 2 * step_, .max_windows = 200};
  const Samples sound_ = test::tiny_pcm(21, 30 * test::kTinySamples);

  void set_low(Detector& detector) {
    ASSERT_EQ(detector.set({.average_windows = 3, .minimum_windows = 2, .refractory_windows = 2}), Status::kOk);
    for (int c = 0; c < 2; ++c) ASSERT_EQ(detector.set_threshold(c, 0.2f), Status::kOk);
  }
};

TEST_P(DetectorTest, DetectsTheSameInBlocksOfAnySize) {
  OwnedDetector whole(blob_, size_);
  set_low(*whole);
  const Detections want = whole.push(sound_, sound_.size());
  ASSERT_GT(want.size(), 5u);
  for (const std::size_t block : {1, 7, step_, 1000}) {
    OwnedDetector detector(blob_, size_);
    set_low(*detector);
    EXPECT_EQ(detector.push(sound_, block), want) << "blocks of " << block;
  }
}

// Applies the rule in exact arithmetic to the runtime's scores of each window.
TEST_P(DetectorTest, AveragesTheSoftmaxOfEachWindow) {
  OwnedDetector detector(blob_, size_);
  ASSERT_EQ(detector->set({.average_windows = 4, .minimum_windows = 4}), Status::kOk);
  for (int c = 0; c < 2; ++c) ASSERT_EQ(detector->set_threshold(c, Detector::kNever), Status::kOk);
  const std::size_t bytes = StreamClassifier::arena_bytes(blob_);
  const AlignedBytes arena = allocate_aligned(bytes);
  StreamClassifier stream;
  ASSERT_EQ(stream.load(blob_, {arena.get(), bytes}, size_.hop_samples), Status::kOk);
  const bool probabilities = gives_probabilities(file_->model());
  std::vector<double> last(4, 0.0);
  std::span<const std::int16_t> rest = sound_;
  for (std::size_t window = 0; !rest.empty(); ++window) {
    std::vector<float> logits(2);
    Detection detection;
    const auto [taken, scored] = stream.push_pcm(rest, logits);
    EXPECT_EQ(detector->push_pcm(rest, detection).taken, taken);
    rest = rest.subspan(taken);
    if (!scored) break;
    const double p = probabilities ? logits[0] : 1 / (1 + std::exp(logits[1] - logits[0]));
    EXPECT_NEAR(detector->score(0), p, 2.0 / 256) << "tests/kernels/class_scores_test.cpp derives it";
    last[window % 4] = detector->score(0);
    if (window >= 3) {
      EXPECT_NEAR(detector->mean(0), (last[0] + last[1] + last[2] + last[3]) / 4, Detector::kLevel);
    }
  }
}

TEST_P(DetectorTest, IntegerModelsDetectTheSameWithFastKernels) {
  if (last_tensor(file_->model()).dtype() == fb::DType::kF32) GTEST_SKIP() << "floats differ in their last bits";
  const HostModel prepared(file_);
  OwnedDetector fast(prepared.prepared(), size_), in_place(blob_, size_);
  set_low(*fast);
  set_low(*in_place);
  EXPECT_EQ(fast.push(sound_, 100), in_place.push(sound_, 100));
}

TEST_P(DetectorTest, ForgetsEverythingWhenReset) {
  OwnedDetector detector(blob_, size_);
  set_low(*detector);
  const Detections want = detector.push(sound_, 100);
  detector->reset();
  EXPECT_EQ(detector->mean(0), 0);
  EXPECT_EQ(detector.push(sound_, 100), want);
}

TEST_P(DetectorTest, NeedsEveryByteOfItsArenaAndNoHeap) {
  const std::size_t needed = Detector::arena_bytes(blob_, size_);
  const AlignedBytes arena = allocate_aligned(needed);
  Detector detector;
  EXPECT_EQ(detector.load(blob_, {arena.get(), needed - 1}, size_), Status::kArenaTooSmall);
  const long before = test::allocations();
  ASSERT_EQ(detector.load(blob_, {arena.get(), needed}, size_), Status::kOk);
  Detection detection;
  detector.push_pcm(sound_, detection);
  EXPECT_EQ(test::allocations(), before);
}

INSTANTIATE_TEST_SUITE_P(Routes, DetectorTest,
                         testing::Values("fp32", "int8", "int8_input", "xnor", "softmax", "softmax_fp32", "logistic",
                                         "detector"));

TEST(DetectorSettingsTest, ComeFromTheModel) {
  const auto file = detector_file(test::tiny_detector());
  OwnedDetector detector(file->blob(), {});
  EXPECT_EQ(detector->hop_samples(), 48);
  const DetectorSettings settings = detector->settings();
  EXPECT_EQ(settings.average_windows, 2);  // 100 samples at a hop of 48
  EXPECT_EQ(settings.minimum_windows, 2);
  EXPECT_EQ(settings.refractory_windows, 3);  // windows at 48, 96 and 144 samples; the one at 192 is beyond 150
  EXPECT_EQ(settings.gate_class, -1);
  EXPECT_NEAR(settings.hysteresis, 0.1, Detector::kLevel);
  EXPECT_EQ(detector->threshold(0), 0.75f);
  EXPECT_EQ(detector->threshold(1), 0.5f);
}

TEST(DetectorSettingsTest, HaveDefaultsWhereTheModelHasNone) {
  const auto file = detector_file(test::tiny_int8());
  OwnedDetector detector(file->blob(), {});
  EXPECT_EQ(detector->hop_samples(), 800);  // 100 ms at 8 kHz
  EXPECT_EQ(detector->settings().average_windows, 5);
  EXPECT_EQ(detector->settings().minimum_windows, 3);
  EXPECT_EQ(detector->settings().refractory_windows, 9);
  EXPECT_NEAR(detector->threshold(1), 0.8, Detector::kLevel);
}

TEST(DetectorSettingsTest, RefuseWhatIsOutOfRangeAndChangeNothing) {
  const auto file = detector_file(test::tiny_detector());
  OwnedDetector detector(file->blob(), {.hop_samples = 48, .max_windows = 3});
  const float nan = std::nanf("");
  const DetectorSettings wrong[] = {{.average_windows = 0},
                                    {.average_windows = 4},
                                    {.average_windows = 2, .minimum_windows = 3},
                                    {.refractory_windows = -1},
                                    {.hysteresis = -0.1f},
                                    {.hysteresis = nan},
                                    {.gate_class = 2},
                                    {.gate_class = 0, .gate_threshold = 1.5f},
                                    {.gate_power = -1e-9},
                                    {.gate_power = 1.1},
                                    {.gate_power = std::nan("")}};
  for (const DetectorSettings& settings : wrong) EXPECT_EQ(detector->set(settings), Status::kBadSetting);
  EXPECT_EQ(detector->settings().average_windows, 2);
  for (const float threshold : {-0.01f, 1.01f, nan, 3.0f}) {
    EXPECT_EQ(detector->set_threshold(0, threshold), Status::kBadSetting);
  }
  EXPECT_EQ(detector->set_threshold(2, 0.5f), Status::kBadSetting);
  EXPECT_EQ(detector->set_threshold(-1, 0.5f), Status::kBadSetting);
  EXPECT_EQ(detector->threshold(0), 0.75f);
  EXPECT_EQ(detector->set_threshold(0, Detector::kNever), Status::kOk);
  EXPECT_EQ(detector->threshold(0), Detector::kNever);
}

TEST(DetectorSettingsTest, RefuseASizeThatCannotBe) {
  const auto file = detector_file(test::tiny_detector());
  const AlignedBytes arena = allocate_aligned(1 << 16);
  const std::span<std::byte> memory(arena.get(), 1 << 16);
  Detector detector;
  EXPECT_EQ(detector.load(file->blob(), memory, {.hop_samples = 17}), Status::kBadHop);
  EXPECT_EQ(detector.load(file->blob(), memory, {.hop_samples = -16}), Status::kBadHop);
  EXPECT_EQ(detector.load(file->blob(), memory, {.max_windows = 1}), Status::kBadSetting) << "shorter than the model's";
  EXPECT_EQ(detector.load(file->blob(), memory, {.max_windows = 256}), Status::kBadSetting);
  fb::ModelT longer = test::tiny_detector();
  longer.detector->average_samples = 256 * 48;
  EXPECT_EQ(detector.load(detector_file(longer)->blob(), memory, {}), Status::kBadSetting);
  fb::ModelT features = test::tiny_depthwise(1);
  EXPECT_EQ(detector.load(detector_file(features)->blob(), memory, {}), Status::kUnsupported);
  EXPECT_EQ(Detector::arena_bytes(detector_file(features)->blob(), {}), 0u);
}

// ---- the level gate

// A mean of one window, no refractory time, threshold 0: every window is a detection unless quiet.
void set_all_detected(Detector& detector, double gate_power) {
  ASSERT_EQ(detector.set({.gate_power = gate_power}), Status::kOk);
  for (int c = 0; c < 2; ++c) ASSERT_EQ(detector.set_threshold(c, 0), Status::kOk);
}

TEST(DetectorGate, DetectsInLoudWindowsOnlyAtAnyHop) {
  const auto file = detector_file(test::tiny_detector());
  Samples sound = test::tiny_pcm(4, 20 * test::kTinySamples);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] = static_cast<std::int16_t>(sound[i] >> (i / 500 % 4 * 3));  // in turn 0, 18, 36 and 54 dB quieter
  }
  for (const int hop : {16, 48, 192, 208, 320}) {
    const std::vector<std::uint32_t> powers = test::window_powers(sound, hop);
    const std::uint32_t gate = powers[powers.size() / 2];
    Detections want;
    for (const std::size_t block : {1, 7, 48, 100000}) {
      OwnedDetector detector(file->blob(), {.hop_samples = hop});
      set_all_detected(*detector, gate * 0x1p-32);
      EXPECT_EQ(detector->settings().gate_power, gate * 0x1p-32);
      const Detections found = detector.push(sound, block);
      if (block == 1) want = found;
      EXPECT_EQ(found, want) << hop << " in blocks of " << block;
    }
    std::size_t loud = 0;
    for (std::size_t w = 0; w < powers.size(); ++w) {
      if (powers[w] < gate) continue;
      ASSERT_LT(loud, want.size()) << hop;
      EXPECT_EQ(std::get<2>(want[loud++]), test::kTinySamples + w * static_cast<std::size_t>(hop));
    }
    EXPECT_EQ(loud, want.size());
    EXPECT_LT(loud, powers.size()) << "some are quiet";
  }
}

TEST(DetectorGate, SilenceIsNotDetectedHoweverLowTheGate) {
  const auto file = detector_file(test::tiny_detector());
  const Samples silence(1000, 0);
  for (const double power : {0.0, 0x1p-32, 1e-12, 1.0}) {
    OwnedDetector detector(file->blob(), {});
    set_all_detected(*detector, power);
    EXPECT_EQ(detector.push(silence, 100).empty(), power > 0) << power;
    EXPECT_EQ(detector->is_loud(), power == 0);
  }
  OwnedDetector detector(file->blob(), {});
  set_all_detected(*detector, 1);
  EXPECT_FALSE(detector.push(Samples(1000, -32768), 100).empty()) << "full scale";
  EXPECT_TRUE(detector.push(Samples(1000, 32767), 100).size() < 5)
      << "just below, once the windows have no other sound";
}

// Converted to PCM first: halves round away from zero, values beyond full scale saturate, NaN becomes 0.
TEST(DetectorGate, FloatsAreMeasuredAsPcm) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const char* name : {"fp32", "int8", "int8_input", "detector"}) {
    const auto file = detector_file(test::tiny_model(name));
    const auto detected = [&](float sample, double power) {
      OwnedDetector detector(file->blob(), {.hop_samples = 48});
      set_all_detected(*detector, power);
      const std::vector<float> sound(test::kTinySamples, sample);
      Detection detection;
      const auto pushed = detector->push(sound, detection);
      EXPECT_TRUE(pushed.scored) << name;
      EXPECT_EQ(pushed.detected, detector->is_loud());
      return pushed.detected;
    };
    EXPECT_FALSE(detected(nan, 0x1p-32)) << name;
    EXPECT_TRUE(detected(infinity, 0.9999)) << name;
    EXPECT_TRUE(detected(-infinity, 1)) << name;
    EXPECT_TRUE(detected(1.5f / 32768, 4 * 0x1p-30)) << name << ": rounded to 2 steps";
    EXPECT_FALSE(detected(1.49f / 32768, 4 * 0x1p-30)) << name << ": rounded to 1 step";
  }
}

TEST(DetectorGate, TheLevelOfAWindowSurvivesASetInTheMiddleOfIt) {
  const auto file = detector_file(test::tiny_detector());
  OwnedDetector detector(file->blob(), {.hop_samples = 48});
  Samples sound(test::kTinySamples, 100);
  detector.push(std::span(sound).first(150), 150);
  set_all_detected(*detector, 100 * 100 * 0x1p-30);
  EXPECT_EQ(detector.push(std::span(sound).last(50), 50).size(), 1u);
  detector->reset();
  EXPECT_FALSE(detector->is_loud());
  sound.back() = 99;
  EXPECT_TRUE(detector.push(sound, 200).empty()) << "just below the gate, and nothing left from before";
}

// Covers every scale in use.
TEST(DetectorPlanTest, DerivesTheSameExponentsAsTheSoftmaxOfTheImporter) {
  for (const bool logistic : {false, true}) {
    for (double scale = 2e-8; scale < 7.9; scale *= 1.37) {
      fb::ModelT model = test::tiny_probabilities(true);
      model.layers.pop_back();
      model.tensors.pop_back();
      model.tensors.back()->scale = static_cast<float>(scale);
      if (logistic) {
        model.detector = test::tiny_detector().detector;
        model.detector->logistic = true;
      }
      DetectorPlan plan;
      const auto file = detector_file(model);
      ASSERT_EQ(plan_detector(file->model(), 48, plan), Status::kOk);
      const double real = static_cast<float>(scale);
      const bool direct = logistic ? logistic_takes_scale(real) : softmax_takes_scale(real);
      const SoftmaxParams s = softmax_params(direct ? real : 1.0 / 32);
      const LogisticParams l = logistic_params(direct ? real : 1.0 / 16);
      EXPECT_EQ(plan.scores.multiplier, logistic ? l.multiplier : s.multiplier) << scale;
      EXPECT_EQ(plan.scores.shift, logistic ? l.shift : s.shift) << scale;
      EXPECT_EQ(plan.scores.limit, logistic ? l.range_radius : s.diff_min) << scale;
    }
  }
}

// A softmax or logistic layer in the model gives the same probabilities.
TEST(DetectorPlanTest, SoftmaxOfInt8LogitsIsThatOfASoftmaxLayer) {
  for (const bool softmax : {true, false}) {
    fb::ModelT with_layer = test::tiny_probabilities(softmax), without = test::tiny_probabilities(softmax);
    without.layers.pop_back();
    without.tensors.pop_back();
    without.detector = test::tiny_detector().detector;
    without.detector->logistic = !softmax;
    const auto file = detector_file(with_layer), other_file = detector_file(without);
    OwnedDetector detector(file->blob(), {.hop_samples = 48}), other(other_file->blob(), {.hop_samples = 48});
    const Samples sound = test::tiny_pcm(5, 4000);
    for (std::size_t at = 0; at + 16 <= sound.size(); at += 16) {
      Detection detection;
      detector->push_pcm(std::span(sound).subspan(at, 16), detection);
      other->push_pcm(std::span(sound).subspan(at, 16), detection);
      for (int c = 0; c < 2; ++c) ASSERT_EQ(detector->score(c), other->score(c)) << at;
    }
  }
}

TEST(DetectorCApi, DetectsWhatTheClassDoes) {
  fb::ModelT model = test::tiny_detector();
  model.detector->hysteresis = 0;
  const auto file = detector_file(model);
  const Samples sound = test::tiny_pcm(21, 6000);
  OwnedDetector open(file->blob(), {}), detector(file->blob(), {});
  ASSERT_EQ(open->set_threshold(0, 0.25f), Status::kOk);
  ASSERT_EQ(detector->set_threshold(0, 0.25f), Status::kOk);
  const std::vector<std::uint32_t> powers = test::window_powers(sound, 48);
  const double gate = powers[powers.size() / 2] * 0x1p-32;
  DetectorSettings settings = detector->settings();
  settings.gate_power = gate;
  ASSERT_EQ(detector->set(settings), Status::kOk);
  const Detections want = detector.push(sound, 100);
  ASSERT_FALSE(want.empty());
  ASSERT_NE(want, open.push(sound, 100));
  const std::size_t bytes = stapes_detector_bytes(file->blob().data(), file->blob().size(), 0, 0);
  const AlignedBytes memory = allocate_aligned(bytes);
  std::vector<stapes_detection> found(want.size() + 1);
  int count = 0;
  ASSERT_EQ(detect_in_stream(file->blob().data(), file->blob().size(), memory.get(), bytes, 0.25f, gate, sound.data(),
                             sound.size(), found.data(), static_cast<int>(found.size()), &count),
            STAPES_OK);
  ASSERT_EQ(static_cast<std::size_t>(count), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(std::tuple(found[i].class_index, found[i].score, found[i].end_sample), want[i]);
  }
  EXPECT_EQ(detect_in_stream(file->blob().data(), file->blob().size(), memory.get(), bytes, 1.5f, gate, sound.data(), 0,
                             found.data(), 0, &count),
            STAPES_BAD_SETTING);
  EXPECT_EQ(detect_in_stream(file->blob().data(), file->blob().size(), memory.get(), bytes, 0.5f, -0.5, sound.data(), 0,
                             found.data(), 0, &count),
            STAPES_BAD_SETTING);
  EXPECT_EQ(detect_in_stream(file->blob().data(), file->blob().size(), memory.get(), bytes - 1, 0.5f, gate,
                             sound.data(), 0, found.data(), 0, &count),
            STAPES_ARENA_TOO_SMALL);
}

}  // namespace
}  // namespace stapes
