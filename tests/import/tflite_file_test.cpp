// SPDX-License-Identifier: Apache-2.0
// Damaged and hostile .tflite files: each is read or rejected in one line.
#include "import/tflite_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/philox.h"
#include "import/tflite_builder.h"
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

// TFLite's file identifier, but tables of another schema.
TEST(TfliteFile, TablesOfAnotherSchemaAreRefused) {
  flatbuffers::FlatBufferBuilder builder;
  const auto text = builder.CreateString("a string where the subgraphs would be");
  const auto table = builder.StartTable();
  for (flatbuffers::voffset_t field = 4; field < 16; field += 2) builder.AddOffset(field, text);
  builder.Finish(flatbuffers::Offset<void>(builder.EndTable(table)), tflite::ModelIdentifier());
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  EXPECT_THAT(refusal_of({bytes.begin(), bytes.end()}), HasSubstr("a damaged or truncated TensorFlow Lite model"));
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
  EXPECT_THAT(refusal_of("\"shape\": [4,3,2,2]", "\"shape\": [4,3,3,2]"),
              HasSubstr("48 bytes of data do not match the shape 4x3x3x2"));
  EXPECT_THAT(refusal_of("\"inputs\": [0,1,2]", "\"inputs\": [99,1,2]"),
              HasSubstr("operator 0: tensor 99 does not exist"));
  EXPECT_THAT(refusal_of("\"opcode_index\": 6", "\"opcode_index\": 60"), HasSubstr("operator code 60 does not exist"));
  EXPECT_THAT(refusal_of("\"buffer\": 5", "\"buffer\": 50"), HasSubstr("buffer 50 does not exist"));
  EXPECT_THAT(refusal_of("\"version\": 3", "\"version\": 2"), HasSubstr("schema version 2"));
  EXPECT_THAT(refusal_of("\"zero_point\": [3]", "\"zero_point\": [300]"), HasSubstr("zero point 300"));
  EXPECT_THAT(refusal_of("\"zero_point\": [3]", "\"zero_point\": [-9223372036854775808]"),
              HasSubstr("is out of range"));
  EXPECT_THAT(refusal_of("[0, 0, 0, 0]", "[0, 0, 0]"),
              HasSubstr("the number of scales, 4, differs from the number of zero points, 3"));
  EXPECT_THAT(refusal_of("\"scale\": [0.01, 0.02, 0.03, 0.01], \"zero_point\": [0, 0, 0, 0]",
                         "\"scale\": [0.01, 0.02, 0.03], \"zero_point\": [0, 0, 0]"),
              HasSubstr("tensor 1: 3 scales do not fit axis 0 of 4x3x2x2"));
  EXPECT_THAT(refusal_of("\"quantized_dimension\": 3", "\"quantized_dimension\": 7"),
              HasSubstr("4 scales do not fit axis 7"));
  EXPECT_THAT(refusal_of("\"outputs\": [13], \"tensors\"", "\"outputs\": [12], \"tensors\""),
              HasSubstr("the model's output is not the output of the last operator"));
}

TEST(TfliteFile, ACycleIsNamed) {
  EXPECT_THAT(refusal_of("\"inputs\": [3,4,5]", "\"inputs\": [7,4,5]"),
              HasSubstr("operator 1 (DEPTHWISE_CONV_2D of 1x6x5x4, 1x3x3x4, 4): reads tensor 7, which no earlier"));
}

// Large files keep buffers after the FlatBuffer.
TEST(TfliteFile, ABufferBehindTheFlatBufferIsReadByItsOffset) {
  test::TfliteBuilder inside;
  const int in = inside.int8({1, 6}, 0.02f, 3), out = inside.int8({1, 4}, 0.2f, 0);
  inside.linear({in, inside.weights({4, 6}, {0.01f}), inside.bias(4)}, out);
  const std::string json = inside.json(in, out);
  const std::size_t data = json.find("{\"data\": ["), end = json.find("}", data);
  ASSERT_NE(data, std::string::npos);
  const auto with_offset = [&](const std::string& offset, const std::string& size) {
    std::string moved = json;
    moved.replace(data, end + 1 - data, fmt::format("{{\"offset\": {}, \"size\": {}}}", offset, size));
    return test::tflite_bytes(moved);
  };
  // The offset stored in the FlatBuffer does not change its size.
  std::vector<std::byte> bytes = with_offset(std::to_string(with_offset("1000", "24").size()), "24");
  const TfliteFile plain = test::tflite_of(json);
  const auto weights = plain.tensor(plain.operators()[0].inputs[1]).data;
  bytes.insert(bytes.end(), weights.begin(), weights.end());
  const TfliteFile file(bytes, "large.tflite");
  EXPECT_TRUE(std::ranges::equal(file.tensor(file.operators()[0].inputs[1]).data, weights));
  EXPECT_EQ(refusal_of(bytes), "");

  bytes.pop_back();
  EXPECT_THAT(refusal_of(bytes), HasSubstr("buffer 1 is outside the file"));
  for (const auto& [offset, size] :
       {std::pair{"100000", "5"}, {"18446744073709551615", "24"}, {"8", "18446744073709551608"}}) {
    EXPECT_THAT(refusal_of(with_offset(offset, size)), HasSubstr("buffer 1 is outside the file")) << offset;
  }
}

}  // namespace
}  // namespace stapes
