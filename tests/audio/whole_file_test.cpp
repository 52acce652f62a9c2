// SPDX-License-Identifier: Apache-2.0
#include "audio/whole_file.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "support/audio_files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

std::vector<std::byte> audio_file(int format) {
  const test::TempDir dir;
  test::write_audio(dir / "a", test::sine(3000, 440, 16000), 16000, 1, format);
  return read_file(dir / "a");
}

class WholeFile : public testing::TestWithParam<int> {};

TEST_P(WholeFile, OnlyTheWholeFileIsWhole) {
  const auto file = audio_file(GetParam());
  EXPECT_FALSE(is_cut_short(file));
  for (std::size_t bytes = 12; bytes < file.size(); ++bytes) {
    ASSERT_TRUE(is_cut_short(std::span(file).first(bytes))) << "cut to " << bytes << " of " << file.size();
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, WholeFile, testing::Values(test::kWav16, test::kWavFloat, test::kOgg));

TEST(WholeFile, AWavWrittenIntoAPipePromisesNothing) {
  auto file = audio_file(test::kWav16);
  for (const std::uint32_t unknown : {0xFFFFFFFFu, 0x7FFFF000u}) {
    std::memcpy(file.data() + 40, &unknown, 4);
    EXPECT_FALSE(is_cut_short(file));
  }
  const std::uint32_t forged = 0x7FFFEFFF;
  std::memcpy(file.data() + 40, &forged, 4);
  EXPECT_TRUE(is_cut_short(file));
}

TEST(WholeFile, ForgedChunkLengthsDoNotLeadOutOfTheFile) {
  auto file = audio_file(test::kWav16);
  for (const std::uint32_t length : {0xFFFFFFFFu, 0xFFFFFFF0u, 0x7FFFFFFFu, 6016u, 6017u, 6023u}) {
    std::memcpy(file.data() + 16, &length, 4);  // of the chunk before the data
    EXPECT_TRUE(is_cut_short(file)) << length;
  }
}

TEST(WholeFile, OtherKindsAreNotJudged) {
  const char text[] = "just some text, and not short";
  EXPECT_FALSE(is_cut_short(std::as_bytes(std::span(text))));
  EXPECT_FALSE(is_cut_short({}));
}

}  // namespace
}  // namespace stapes
