// SPDX-License-Identifier: Apache-2.0
#include "stapes/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/front_end.h"
#include "runtime/host_classifier.h"
#include "support/acdnet_models.h"
#include "support/count_allocations.h"

namespace stapes {
namespace {

using Samples = std::vector<std::int16_t>;
using Scored = std::map<std::size_t, std::vector<float>>;  // keyed by the samples pushed so far

// The stride is so wide that some samples belong to no column.
fb::ModelT tiny_gaps() {
  fb::ModelT model = test::tiny_fp32();
  fb::ConvF32T& second = *model.layers[1]->op.AsConvF32();
  second.window = std::make_unique<fb::Window>(1, 1, 1, 8, 0, 0, 1, 1);
  second.weights.resize(15);
  for (const int i : {2, 3}) model.tensors[static_cast<std::size_t>(i)]->width = 12;
  for (const int i : {4, 5}) model.tensors[static_cast<std::size_t>(i)]->width = 6;
  model.layers[5]->op.AsAveragePool()->pool_w = 6;
  return model;
}

fb::ModelT streamed_model(const std::string& name) {
  if (name == "gaps") return tiny_gaps();
  if (name.starts_with("micro_")) {
    return test::acdnet_model(name.substr(6).c_str(), test::kMicroWidths, 10, 9000);
  }
  return test::tiny_model(name);
}

std::shared_ptr<const ModelFile> file_of(const fb::ModelT& model) {
  return std::make_shared<const ModelFile>(serialize_model(model), "test model");
}

// A StreamClassifier in an arena of exactly the requested size. The arena's contents must not affect results.
template <class Source>
class Stream {
 public:
  Stream(const Source& source, int hop_samples)
      : bytes_(StreamClassifier::arena_bytes(source)), arena_(allocate_aligned(bytes_)) {
    std::memset(arena_.get(), 0xFF, bytes_);
    EXPECT_EQ(classifier_.load(source, {arena_.get(), bytes_}, hop_samples), Status::kOk);
  }

  // Pushes `samples`, `block` at a time; block 0: varying sizes.
  Scored push(std::span<const std::int16_t> samples, std::size_t block = 0) {
    Scored all;
    std::vector<float> scores(static_cast<std::size_t>(classifier_.class_count()));
    for (std::size_t pushed = 0, turn = 1; pushed < samples.size(); ++turn) {
      const std::size_t size = block > 0 ? block : 1 + turn * 7919 % 613;
      const auto next = samples.subspan(pushed, std::min(size, samples.size() - pushed));
      const auto [taken, scored] = push_once(next, scores, turn % 2 == 0);
      EXPECT_GT(taken, 0u);
      EXPECT_TRUE(scored || taken == next.size());
      pushed += taken;
      if (scored) all[pushed] = scores;
    }
    return all;
  }

  StreamClassifier& classifier() { return classifier_; }

 private:
  // Float and PCM blocks hold the same samples.
  StreamClassifier::Pushed push_once(std::span<const std::int16_t> block, std::span<float> scores, bool real) {
    if (!real) return classifier_.push_pcm(block, scores);
    std::vector<float> wave;
    for (const std::int16_t sample : block) wave.push_back(static_cast<float>(sample) / 32768.0f);
    return classifier_.push(wave, scores);
  }

  std::size_t bytes_;
  AlignedBytes arena_;
  StreamClassifier classifier_;
};

// The expected scores: every window is run separately.
template <class Source>
Scored window_by_window(const Source& source, std::size_t arena_bytes, const Samples& samples, int hop_samples) {
  const AlignedBytes arena = allocate_aligned(arena_bytes);
  Classifier classifier;
  EXPECT_EQ(classifier.load(source, {arena.get(), arena_bytes}), Status::kOk);
  const auto window = static_cast<std::size_t>(classifier.window_samples());
  Scored all;
  for (std::size_t end = window; end <= samples.size(); end += static_cast<std::size_t>(hop_samples)) {
    auto& scores = all[end];
    scores.resize(static_cast<std::size_t>(classifier.class_count()));
    classifier.run_pcm(std::span(samples).subspan(end - window, window), scores);
  }
  return all;
}

class StreamTest : public testing::TestWithParam<const char*> {
 protected:
  // Hops of one and of several columns, of about a window, and longer.
  std::vector<int> hops() const {
    const int columns = plan_front_end(model()).columns;
    std::vector<int> hops;
    for (const int count : {1, 2, columns - 1, columns, columns + 1, columns + 4}) hops.push_back(count * step_);
    return hops;
  }
  Samples sound(int windows) const { return test::tiny_pcm(11, windows * model().window_samples()); }
  const fb::Model& model() const { return file_->model(); }
  std::span<const std::byte> blob() const { return file_->blob(); }

  const std::shared_ptr<const ModelFile> file_ = file_of(streamed_model(GetParam()));
  const int step_ = StreamClassifier::step_samples(file_->blob());
};

TEST_P(StreamTest, GivesTheScoresOfEachWindowRunWhole) {
  const bool large = model().window_samples() > 1000;
  const Samples samples = sound(large ? 3 : 9);
  for (const int hop : large ? std::vector<int>{10 * step_} : hops()) {
    const Scored want = window_by_window(blob(), Classifier::arena_bytes(blob()), samples, hop);
    ASSERT_GT(want.size(), 1u);
    EXPECT_EQ(Stream(blob(), hop).push(samples), want) << "hop " << hop;
  }
}

TEST_P(StreamTest, GivesTheSameWithPreparedKernels) {
  const HostModel prepared(file_);
  const Samples samples = sound(3);
  const int hop = 3 * step_;
  EXPECT_EQ(StreamClassifier::step_samples(prepared.prepared()), step_);
  EXPECT_EQ(Stream(prepared.prepared(), hop).push(samples),
            window_by_window(prepared.prepared(), prepared.prepared().arena_bytes(), samples, hop));
}

TEST_P(StreamTest, TakesBlocksOfAnySize) {
  const Samples samples = sound(2);
  const Scored want = Stream(blob(), 2 * step_).push(samples, samples.size());
  EXPECT_EQ(Stream(blob(), 2 * step_).push(samples, 1), want);
  EXPECT_EQ(Stream(blob(), 2 * step_).push(samples, static_cast<std::size_t>(step_)), want);
}

TEST_P(StreamTest, SaysNothingBeforeTheFirstWindowIsWhole) {
  Stream stream(blob(), step_);
  const Samples samples = sound(1);
  EXPECT_TRUE(stream.push(std::span(samples).first(samples.size() - 1)).empty());
  EXPECT_EQ(stream.push(std::span(samples).last(1)).size(), 1u);
}

TEST_P(StreamTest, ForgetsEverythingWhenReset) {
  const Samples samples = sound(3);
  const Scored want = Stream(blob(), 2 * step_).push(samples);
  Stream stream(blob(), 2 * step_);
  stream.push(std::span(samples).subspan(17, samples.size() / 2));
  stream.classifier().reset();
  EXPECT_EQ(stream.push(samples), want);
}

TEST_P(StreamTest, TakesOnlyHopsOfWholeColumns) {
  const AlignedBytes arena = allocate_aligned(StreamClassifier::arena_bytes(blob()));
  const std::span<std::byte> bytes(arena.get(), StreamClassifier::arena_bytes(blob()));
  StreamClassifier stream;
  for (const int hop : {0, -step_, 1, step_ - 1, step_ + 1, std::numeric_limits<int>::min()}) {
    ASSERT_EQ(stream.load(blob(), bytes, step_), Status::kOk);
    EXPECT_EQ(stream.load(blob(), bytes, hop), Status::kBadHop) << hop;
    EXPECT_EQ(stream.hop_samples(), 0);
    EXPECT_EQ(stream.window_samples(), 0) << "not as if just constructed";
    const int nearest = StreamClassifier::nearest_hop_samples(step_, hop);
    EXPECT_EQ(nearest, step_) << hop;
    EXPECT_EQ(stream.load(blob(), bytes, nearest), Status::kOk);
    EXPECT_EQ(stream.hop_samples(), nearest);
  }
}

TEST_P(StreamTest, NeedsEveryByteOfItsArena) {
  const std::size_t needed = StreamClassifier::arena_bytes(blob());
  ASSERT_GT(needed, Classifier::arena_bytes(blob())) << "what must outlast a window shares its place";
  const AlignedBytes arena = allocate_aligned(needed);
  StreamClassifier stream;
  EXPECT_EQ(stream.load(blob(), {arena.get(), needed - 1}, step_), Status::kArenaTooSmall);
  EXPECT_EQ(stream.class_count(), 0);
  EXPECT_EQ(stream.load(blob(), {arena.get() + 1, needed}, step_), Status::kArenaTooSmall);
  EXPECT_EQ(stream.load(blob(), {arena.get(), needed}, step_), Status::kOk);
}

TEST_P(StreamTest, UsesNoHeap) {
  const std::size_t needed = StreamClassifier::arena_bytes(blob());
  const AlignedBytes arena = allocate_aligned(needed);
  const Samples samples = sound(2);
  std::vector<float> scores(model().labels()->size());
  const long before = test::allocations();
  StreamClassifier stream;
  const Status status = stream.load(blob(), {arena.get(), StreamClassifier::arena_bytes(blob())}, step_);
  int windows = 0;
  for (std::span<const std::int16_t> left(samples); !left.empty();) {
    const auto [taken, scored] = stream.push_pcm(left, scores);
    windows += scored;
    left = left.subspan(taken);
  }
  EXPECT_EQ(test::allocations(), before);
  EXPECT_EQ(status, Status::kOk);
  EXPECT_GT(windows, 1);
}

INSTANTIATE_TEST_SUITE_P(EveryRoute, StreamTest,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed", "gaps",
                                         "micro_fp32", "micro_int8", "micro_xnor", "waves1_fp32", "waves1_int8",
                                         "waves1_xnor", "waves3_fp32", "waves3_int8", "waves3_xnor", "waves3_mixed",
                                         "waves4_fp32", "waves4_int8", "waves4_xnor"),
                         [](const auto& info) { return std::string(info.param); });

TEST(StreamClassifier, NamesTheNearestHop) {
  const auto step_at = [](int samples, int sample_rate_hz) {
    return StreamClassifier::step_samples(
        file_of(test::acdnet_model("int8", test::kMicroWidths, 10, samples, sample_rate_hz))->blob());
  };
  EXPECT_EQ(step_at(30225, 20000), 200);
  EXPECT_EQ(step_at(51215, 16000), 160);
  EXPECT_EQ(step_at(66650, 44100), 440);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(200, 5000), 5000);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(160, 5000), 4960);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(440, 22050), 22000);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(200, 299), 200);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(200, 300), 400);
  EXPECT_EQ(StreamClassifier::nearest_hop_samples(200, std::numeric_limits<int>::max()), 2147483600);
}

// The samples of a window would take 60450 bytes. Only columns are stored.
TEST(StreamClassifier, KeepsColumnsInsteadOfSamples) {
  const auto file = file_of(test::acdnet_model("int8", test::kMicroWidths, 10));
  const std::size_t alone = Classifier::arena_bytes(file->blob()), stream = StreamClassifier::arena_bytes(file->blob());
  EXPECT_LT(stream, 60450u);
  EXPECT_LE(stream, alone + 151 * 20 + 213 * 2 + 2 * 63);  // columns of 20 channels, and the samples of one column
}

TEST(StreamClassifier, RefusesAModelWithoutAFrontEnd) {
  fb::ModelT padded = test::tiny_fp32();
  padded.layers[0]->op.AsConvF32()->window = std::make_unique<fb::Window>(1, 9, 1, 2, 0, 4, 1, 1);
  padded.tensors[1]->width = 100;
  padded.tensors[2]->width = padded.tensors[3]->width = 12;
  padded.tensors[4]->width = padded.tensors[5]->width = 6;
  padded.layers[5]->op.AsAveragePool()->pool_w = 6;
  const auto file = file_of(padded);
  EXPECT_GT(Classifier::arena_bytes(file->blob()), 0u);
  EXPECT_EQ(StreamClassifier::arena_bytes(file->blob()), 0u);
  EXPECT_EQ(StreamClassifier::step_samples(file->blob()), 0);
  const AlignedBytes arena = allocate_aligned(100000);
  StreamClassifier stream;
  EXPECT_EQ(stream.load(file->blob(), {arena.get(), 100000}, 16), Status::kUnsupported);
}

TEST(StreamClassifier, RefusesBytesThatAreNotAModel) {
  const AlignedBytes bytes = allocate_aligned(128);
  std::memset(bytes.get(), 7, 128);
  StreamClassifier stream;
  EXPECT_EQ(stream.load({bytes.get(), 128}, {}, 16), Status::kNotAModel);
  EXPECT_EQ(StreamClassifier::arena_bytes({bytes.get(), 128}), 0u);
  EXPECT_EQ(stream.load(PreparedModel(), {}, 16), Status::kNotAModel);
  EXPECT_EQ(StreamClassifier::arena_bytes(PreparedModel()), 0u);
  EXPECT_EQ(StreamClassifier::step_samples(PreparedModel()), 0);
}

}  // namespace
}  // namespace stapes
