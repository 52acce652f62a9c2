// SPDX-License-Identifier: Apache-2.0
// Damaged and hostile .tflite files: each is refused in one line, or read.
#include "import/tflite_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "import/tflite_import.h"
#include "import/tflite_json.h"

namespace stapes {
namespace {

using testing::HasSubstr;

std::string refusal_of(std::vector<std::byte> bytes) {
  try {
    import_tflite(TfliteFile(std::move(bytes), "hostile.tflite"));
    return "";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
    return error.what();
  }
}

std::string refusal_of(const std::string& from, const std::string& to) {
  std::string json = test::small_tflite();
  EXPECT_NE(json.find(from), std::string::npos) << from;
  return refusal_of(test::tflite_bytes(json.replace(json.find(from), from.size(), to)));
}

TEST(TfliteFile, OtherFilesAreNamed) {
  EXPECT_THAT(refusal_of(std::vector<std::byte>(100)), HasSubstr("not a TensorFlow Lite model"));
  EXPECT_THAT(refusal_of(std::vector<std::byte>{}), HasSubstr("not a TensorFlow Lite model"));
}

TEST(TfliteFile, ATruncatedFileIsRefused) {
  const std::vector<std::byte> whole = test::tflite_bytes(test::small_tflite());
  ASSERT_EQ(refusal_of(whole), "");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_NE(refusal_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  }
}

TEST(TfliteFile, FlippedBytesNeverCrash) {
  const std::vector<std::byte> whole = test::tflite_bytes(test::small_tflite());
  Philox random(3, Philox::Purpose::kTest);
  for (int trial = 0; trial < 3000; ++trial) {
    std::vector<std::byte> damaged = whole;
    for (int flips = 0; flips < 3; ++flips) {
      damaged[random.below(static_cast<std::uint32_t>(damaged.size()))] = static_cast<std::byte>(random.below(256));
    }
    refusal_of(damaged);
  }
}

TEST(TfliteFile, WrongSizesAndIndicesAreNamed) {
  EXPECT_THAT(refusal_of("\"shape\": [1,6,5,2]", "\"shape\": [1,-6,5,2]"), HasSubstr("tensor 0: a dimension of -6"));
  EXPECT_THAT(refusal_of("\"shape\": [1,6,5,2]", "\"shape\": [1,2147483647,2147483647,2]"), HasSubstr("more than"));
  EXPECT_THAT(refusal_of("\"shape\": [4,3,2,2]", "\"shape\": [4,3,3,2]"), HasSubstr("48 bytes for 4x3x3x2"));
  EXPECT_THAT(refusal_of("\"inputs\": [0,1,2]", "\"inputs\": [99,1,2]"), HasSubstr("operator 0: no tensor 99"));
  EXPECT_THAT(refusal_of("\"opcode_index\": 6", "\"opcode_index\": 60"), HasSubstr("no operator code 60"));
  EXPECT_THAT(refusal_of("\"buffer\": 5", "\"buffer\": 50"), HasSubstr("no buffer 50"));
  EXPECT_THAT(refusal_of("\"version\": 3", "\"version\": 2"), HasSubstr("schema version 2"));
  EXPECT_THAT(refusal_of("\"zero_point\": [3]", "\"zero_point\": [300]"), HasSubstr("zero point 300"));
  EXPECT_THAT(refusal_of("[0, 0, 0, 0]", "[0, 0, 0]"), HasSubstr("4 scales but 3 zero points"));
  EXPECT_THAT(refusal_of("\"outputs\": [13], \"tensors\"", "\"outputs\": [12], \"tensors\""),
              HasSubstr("the output is not what the last operator gives"));
}

// An operator that reads what comes later, as in a cycle.
TEST(TfliteFile, ACycleIsNamed) {
  EXPECT_THAT(refusal_of("\"inputs\": [3,4,5]", "\"inputs\": [7,4,5]"),
              HasSubstr("operator 1 (DEPTHWISE_CONV_2D of 1x6x5x4, 1x3x3x4, 4): reads tensor 7, which nothing before"));
}

TEST(TfliteFile, ABufferBehindTheFlatBufferIsReadByItsOffset) {
  EXPECT_THAT(refusal_of("\"buffers\": [{}, ", "\"buffers\": [{\"offset\": 100000, \"size\": 5}, "),
              HasSubstr("buffer 0 lies outside the file"));
}

}  // namespace
}  // namespace stapes
