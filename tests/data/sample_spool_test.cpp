// SPDX-License-Identifier: Apache-2.0
#include "data/sample_spool.h"

#include <gtest/gtest.h>

#include "base/content_hash.h"
#include "data/data_set.h"
#include "data/data_set_writer.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

TEST(SampleSpool, GivesBackWhatItGotAndHoldsLittleOfIt) {
  const test::TempDir dir;
  for (const std::size_t samples : {std::size_t{0}, std::size_t{1}, SampleSpool::kSamplesInMemory - 1,
                                    SampleSpool::kSamplesInMemory, 3 * SampleSpool::kSamplesInMemory + 12345}) {
    const std::vector<std::int16_t> wave = test::noise_clip(1, samples);
    SampleSpool filling(dir.path());
    for (std::size_t at = 0; at < samples; at += 77777) {
      filling.add(std::span(wave).subspan(at, std::min<std::size_t>(77777, samples - at)));
    }
    SampleSpool spool(std::move(filling));
    EXPECT_EQ(spool.size(), samples);
    EXPECT_LE(spool.memory_bytes(), 2 * SampleSpool::kSamplesInMemory * sizeof(std::int16_t));
    std::vector<std::int16_t> back;
    spool.give([&](std::span<const std::int16_t> piece) { back.insert(back.end(), piece.begin(), piece.end()); });
    EXPECT_EQ(back, wave) << samples;
    EXPECT_TRUE(std::filesystem::is_empty(dir.path())) << "nothing that could be left behind";
  }
}

TEST(SampleSpool, ADataSetIsTheSameWhetherAClipComesWholeOrInPieces) {
  const test::TempDir dir;
  const std::vector<std::int16_t> wave = test::noise_clip(2, SampleSpool::kSamplesInMemory + 4321);
  DataSetWriter whole(dir / "whole", Existing::kRefuse), pieces(dir / "pieces", Existing::kRefuse);
  SampleSpool spool(dir.path());
  spool.add(wave);
  whole.add({.name = "a", .source = "a", .label = 0, .fold = 1}, wave);
  pieces.add({.name = "a", .source = "a", .label = 0, .fold = 1}, spool);
  EXPECT_EQ(whole.finish("folders", 16000, {"a"}), pieces.finish("folders", 16000, {"a"}));
  DataSet(dir / "pieces").check_samples();
}

TEST(PieceHash, DoesNotDependOnThePieces) {
  const std::vector<std::int16_t> wave = test::noise_clip(3, 1003);
  const auto bytes = std::as_bytes(std::span(wave));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{8}, std::size_t{1000}}) {
    PieceHash hash(bytes.size());
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      hash.add(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(hash.value(), content_hash(bytes)) << piece;
  }
}

}  // namespace
}  // namespace stapes
