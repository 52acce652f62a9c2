// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>

#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/c_caller.h"
#include "runtime/host_classifier.h"
#include "support/acdnet_models.h"
#include "support/count_allocations.h"

namespace stapes {
namespace {

constexpr int kClasses = 10, kSamples = 9000;

// A block of exactly this size. Its contents must not affect results.
struct Block {
  explicit Block(std::size_t size) : bytes(size), memory(allocate_aligned(size)) {
    std::memset(memory.get(), 0xFF, size);
  }
  std::size_t bytes;
  AlignedBytes memory;
};

class CApi : public testing::TestWithParam<const char*> {
 protected:
  std::vector<float> want_at(std::size_t first) {
    return HostClassifier(file_).run_pcm(std::span(samples_).subspan(first, kSamples));
  }
  std::vector<float> want_in_place() {
    const Block arena(Classifier::arena_bytes(file_->blob()));
    Classifier classifier;
    EXPECT_EQ(classifier.load(file_->blob(), {arena.memory.get(), arena.bytes}), Status::kOk);
    std::vector<float> scores(kClasses);
    classifier.run_pcm(std::span(samples_).first(kSamples), scores);
    return scores;
  }

  const std::shared_ptr<const ModelFile> file_ = std::make_shared<const ModelFile>(
      serialize_model(test::acdnet_model(GetParam(), test::kMicroWidths, kClasses, kSamples)), "micro");
  const void* blob_ = file_->blob().data();
  const std::size_t blob_bytes_ = file_->blob().size();
  const std::vector<std::int16_t> samples_ = test::tiny_pcm(5, 3 * kSamples);
};

TEST_P(CApi, ScoresAWindowInPlace) {
  const Block block(stapes_classifier_bytes(blob_, blob_bytes_));
  std::vector<float> scores(kClasses);
  EXPECT_EQ(score_window(blob_, blob_bytes_, block.memory.get(), block.bytes, samples_.data(), scores.data()),
            STAPES_OK);
  EXPECT_EQ(scores, want_in_place());
}

TEST_P(CApi, KnowsItsModel) {
  const Block block(stapes_classifier_bytes(blob_, blob_bytes_)), other(stapes_stream_bytes(blob_, blob_bytes_));
  stapes_classifier* classifier = nullptr;
  stapes_stream* stream = nullptr;
  const int step = stapes_step_samples(blob_, blob_bytes_);
  ASSERT_EQ(stapes_classifier_load(blob_, blob_bytes_, block.memory.get(), block.bytes, &classifier), STAPES_OK);
  ASSERT_EQ(stapes_stream_load(blob_, blob_bytes_, other.memory.get(), other.bytes, step, &stream), STAPES_OK);
  EXPECT_EQ(step, 200);
  EXPECT_EQ(stapes_nearest_hop_samples(step, 5050), 5000);
  for (const stapes_facts facts : {stapes_classifier_facts(classifier), stapes_stream_facts(stream)}) {
    EXPECT_EQ(facts.sample_rate_hz, 20000);
    EXPECT_EQ(facts.window_samples, kSamples);
    EXPECT_EQ(facts.class_count, kClasses);
  }
  EXPECT_STREQ(stapes_classifier_label(classifier, 3), "class 3");
  EXPECT_STREQ(stapes_stream_label(stream, 9), "class 9");
}

TEST_P(CApi, NeedsEveryByteOfItsMemory) {
  const Block model_block(stapes_model_bytes(blob_, blob_bytes_));
  stapes_model* model = nullptr;
  EXPECT_EQ(stapes_model_load(blob_, blob_bytes_, model_block.memory.get(), model_block.bytes - 1, &model),
            STAPES_ARENA_TOO_SMALL);
  EXPECT_EQ(model, nullptr);
  ASSERT_EQ(stapes_model_load(blob_, blob_bytes_, model_block.memory.get(), model_block.bytes, &model), STAPES_OK);

  const Block block(stapes_classifier_bytes_for(model));
  stapes_classifier* classifier = nullptr;
  for (const std::size_t less : {block.bytes - 1, std::size_t{100}, std::size_t{0}}) {
    EXPECT_EQ(stapes_classifier_load_for(model, block.memory.get(), less, &classifier), STAPES_ARENA_TOO_SMALL) << less;
    EXPECT_EQ(classifier, nullptr);
  }
  EXPECT_EQ(stapes_classifier_load_for(model, block.memory.get() + 8, block.bytes, &classifier),
            STAPES_ARENA_TOO_SMALL);
  EXPECT_EQ(stapes_classifier_load_for(model, block.memory.get(), block.bytes, &classifier), STAPES_OK);

  const Block stream_block(stapes_stream_bytes_for(model));
  stapes_stream* stream = nullptr;
  EXPECT_EQ(stapes_stream_load_for(model, stream_block.memory.get(), stream_block.bytes - 1, 200, &stream),
            STAPES_ARENA_TOO_SMALL);
  EXPECT_EQ(stapes_stream_load_for(model, stream_block.memory.get(), stream_block.bytes, 201, &stream), STAPES_BAD_HOP);
  EXPECT_EQ(stream, nullptr);
  EXPECT_EQ(stapes_stream_load_for(model, stream_block.memory.get(), stream_block.bytes, 200, &stream), STAPES_OK);
}

// Each thread has its own classifier and stream.
TEST_P(CApi, SharesAModelBetweenThreads) {
  const Block model_block(stapes_model_bytes(blob_, blob_bytes_));
  stapes_model* model = nullptr;
  ASSERT_EQ(stapes_model_load(blob_, blob_bytes_, model_block.memory.get(), model_block.bytes, &model), STAPES_OK);
  constexpr int kHop = 4600, kWindows = 4;
  std::vector<float> want;
  for (int i = 0; i < kWindows; ++i) {
    const auto scores = want_at(static_cast<std::size_t>(i) * kHop);
    want.insert(want.end(), scores.begin(), scores.end());
  }
  std::array<std::vector<float>, 2> got;
  std::array<int, 2> windows{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < got.size(); ++i) {
    threads.emplace_back([&, i] {
      got[i].resize(want.size());
      const Block block(stapes_stream_bytes_for(model));
      EXPECT_EQ(score_stream(model, nullptr, 0, block.memory.get(), block.bytes, kHop, samples_.data(),
                             kSamples + (kWindows - 1) * kHop, got[i].data(), &windows[i]),
                STAPES_OK);
    });
  }
  for (std::thread& t : threads) t.join();
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(windows[i], kWindows);
    EXPECT_EQ(got[i], want);
  }
}

TEST_P(CApi, UsesNoHeap) {
  const Block block(stapes_stream_bytes(blob_, blob_bytes_));
  std::vector<float> scores(3 * kClasses);
  int windows = 0;
  const long before = test::allocations();
  const stapes_status status = score_stream(nullptr, blob_, blob_bytes_, block.memory.get(), block.bytes, kSamples,
                                            samples_.data(), samples_.size(), scores.data(), &windows);
  EXPECT_EQ(test::allocations(), before);
  EXPECT_EQ(status, STAPES_OK);
  EXPECT_EQ(windows, 3);
}

INSTANTIATE_TEST_SUITE_P(EveryRoute, CApi, testing::Values("fp32", "int8", "xnor"));

TEST(CApiVersion, IsThatOfTheHeaderAndOfItsParts) {
  EXPECT_STREQ(stapes_version(), STAPES_VERSION_STRING);
  const std::string parts = std::to_string(STAPES_VERSION_MAJOR) + "." + std::to_string(STAPES_VERSION_MINOR) + "." +
                            std::to_string(STAPES_VERSION_PATCH);
  EXPECT_EQ(parts, STAPES_VERSION_STRING);
}

TEST(CApiErrors, NameTheReasonWhateverTheMemory) {
  const Block bytes(128), block(100000);
  EXPECT_EQ(stapes_model_bytes(bytes.memory.get(), 128), 0u);
  EXPECT_EQ(stapes_classifier_bytes(bytes.memory.get(), 128), 0u);
  EXPECT_EQ(stapes_stream_bytes(nullptr, 0), 0u);
  stapes_model* model = nullptr;
  stapes_classifier* classifier = nullptr;
  stapes_stream* stream = nullptr;
  for (const std::size_t room : {std::size_t{0}, block.bytes}) {
    EXPECT_EQ(stapes_model_load(bytes.memory.get(), 128, block.memory.get(), room, &model), STAPES_NOT_A_MODEL);
    EXPECT_EQ(stapes_classifier_load(bytes.memory.get(), 128, block.memory.get(), room, &classifier),
              STAPES_NOT_A_MODEL);
    EXPECT_EQ(stapes_stream_load(bytes.memory.get(), 128, block.memory.get(), room, 200, &stream), STAPES_NOT_A_MODEL);
  }
  EXPECT_EQ(stapes_stream_load(nullptr, 0, nullptr, 0, 200, &stream), STAPES_NOT_A_MODEL);
}

TEST(CApiErrors, HaveATextEach) {
  for (int status = STAPES_OK; status <= STAPES_BAD_SETTING; ++status) {
    EXPECT_STREQ(stapes_status_text(static_cast<stapes_status>(status)), to_string(static_cast<Status>(status)));
  }
  EXPECT_STREQ(stapes_status_text(STAPES_OK), "no error");
}

}  // namespace
}  // namespace stapes
