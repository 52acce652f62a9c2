// SPDX-License-Identifier: Apache-2.0
#include "audio/wav_file.h"

#include <gtest/gtest.h>

#include "audio/load_clip.h"
#include "base/files.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

TEST(WavFile, ReadsBack) {
  const TempDir folder;
  const std::vector<std::int16_t> samples = {5, -32768, 32767, 0, 1};
  write_file(folder / "a.wav", wav_file(samples, 16000), Existing::kRefuse);
  EXPECT_EQ(load_clip(folder / "a.wav", 16000), samples);
}

}  // namespace
}  // namespace stapes::test
