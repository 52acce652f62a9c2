// SPDX-License-Identifier: Apache-2.0
#include "import/state_dict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "import/safetensors_file.h"
#include "import/torch_file.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

using test::floats;
using test::kSix;
using test::old_file;
using test::parse;
using test::state_dict_of;
using test::TensorText;
using test::zip_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(StateDict, ReadsAZipFile) {
  const StateDict state = parse(zip_file(state_dict_of({}), kSix));
  EXPECT_THAT(state.order, ElementsAre("w"));
  EXPECT_THAT(state.tensors.at("w").shape, ElementsAre(2, 3));
  EXPECT_THAT(state.tensors.at("w").values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(state.config.empty());
}

TEST(StateDict, ReadsTheOldFormat) {
  const StateDict state = parse(old_file(state_dict_of({.old_format = true}), "0", 6, kSix));
  EXPECT_THAT(state.tensors.at("w").values, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(StateDict, FollowsStridesAndOffset) {
  const StateDict transposed = parse(zip_file(state_dict_of({.sizes = {3, 2}, .strides = {1, 3}}), kSix));
  EXPECT_THAT(transposed.tensors.at("w").values, ElementsAre(1, 4, 2, 5, 3, 6));
  const StateDict row = parse(zip_file(state_dict_of({.offset = 3, .sizes = {3}, .strides = {1}}), kSix));
  EXPECT_THAT(row.tensors.at("w").values, ElementsAre(4, 5, 6));
  const StateDict scalar = parse(zip_file(state_dict_of({.offset = 5, .sizes = {}, .strides = {}}), kSix));
  EXPECT_THAT(scalar.tensors.at("w").values, ElementsAre(6));
}

TEST(StateDict, UnwrapsAParameter) {
  using namespace test::pickled;
  const std::string parameter =
      call(global("torch._utils", "_rebuild_parameter"), TensorText{}.pickle() + kTrue + ordered_dict(""));
  EXPECT_THAT(parse(zip_file(dict(text("w") + parameter), kSix)).tensors.at("w").shape, ElementsAre(2, 3));
}

TEST(StateDict, ReadsHalfAndDouble) {
  const TensorText half{.type = "HalfStorage", .storage_count = 4, .sizes = {4}, .strides = {1}};
  const std::string halves = test::little_endian(std::uint16_t{0x3c00}) + test::little_endian(std::uint16_t{0xc000}) +
                             test::little_endian(std::uint16_t{0x0001}) + test::little_endian(std::uint16_t{0x7bff});
  EXPECT_THAT(parse(zip_file(state_dict_of(half), halves)).tensors.at("w").values,
              ElementsAre(1.0f, -2.0f, 0x1p-24f, 65504.0f));
  const TensorText two{.type = "DoubleStorage", .storage_count = 1, .sizes = {1}, .strides = {1}};
  EXPECT_THAT(parse(zip_file(state_dict_of(two), test::little_endian(0.1))).tensors.at("w").values, ElementsAre(0.1f));
  const TensorText brain{.type = "BFloat16Storage", .storage_count = 1, .sizes = {1}, .strides = {1}};
  EXPECT_THAT(parse(zip_file(state_dict_of(brain), test::little_endian(std::uint16_t{0xbfc0}))).tensors.at("w").values,
              ElementsAre(-1.5f));
}

TEST(StateDict, ReadsWeightAndConfig) {
  using namespace test::pickled;
  const std::string object = dict(text("weight") + state_dict_of({}) + text("config") + list(number(7) + number(20)));
  const StateDict state = parse(zip_file(object, kSix));
  EXPECT_THAT(state.config, ElementsAre(7, 20));
  EXPECT_THAT(state.order, ElementsAre("w"));
}

TEST(StateDict, TakesTheLastOfEqualKeysAsPythonDoes) {
  using namespace test::pickled;
  const std::string object = dict(text("weight") + number(1) + text("config") + list(number(7)) + text("weight") +
                                  state_dict_of({}) + text("config") + list(number(8) + number(20)));
  const StateDict state = parse(zip_file(object, kSix));
  EXPECT_THAT(state.order, ElementsAre("w"));
  EXPECT_THAT(state.config, ElementsAre(8, 20));
}

TEST(StateDict, LeavesTorchsCountersOutAndRefusesOtherIntegers) {
  using namespace test::pickled;
  const std::string counter =
      TensorText{.key = "1", .type = "LongStorage", .storage_count = 1, .sizes = {}, .strides = {}}.pickle();
  const auto file = [&](const std::string& name) {
    return test::ZipText{
        {{.name = "m/data.pkl", .data = kBegin + dict(text("w") + TensorText{}.pickle() + text(name) + counter) + kEnd},
         {.name = "m/data/0", .data = kSix},
         {.name = "m/data/1", .data = test::little_endian(std::int64_t{5})}}}
        .file();
  };
  EXPECT_THAT(parse(file("sfeb.1.num_batches_tracked")).order, ElementsAre("w"));
  EXPECT_THAT([&] { parse(file("ids")); }, ThrowsMessage<Error>(HasSubstr("tensor ids holds torch.LongStorage")));
}

// Wrapped and sharded modules have long names that may differ only in the last letter.
const std::string kLongPrefix = [] {
  std::string prefix;
  for (int i = 0; i < 6; ++i) prefix += "_fsdp_wrapped_module.layer" + std::to_string(i) + ".";
  return prefix;
}();
const std::vector<std::string> kAlike = {kLongPrefix + "weight_1", kLongPrefix + "weight_2", "S\u00e4ge.weight",
                                         "S\u00f6ge.weight"};

TEST(StateDict, LongNamesAndAccentsTellTensorsApart) {
  ASSERT_GT(kLongPrefix.size(), 100u);
  using namespace test::pickled;
  std::string pairs, entries, data;
  for (std::size_t i = 0; i < kAlike.size(); ++i) {
    pairs += text(kAlike[i]) + TensorText{}.pickle();
    const auto begin = static_cast<std::int64_t>(24 * i);
    if (i > 0) entries += ",";
    entries += test::safetensors_entry(kAlike[i], "F32", "[2,3]", begin, begin + 24);
    data += kSix;
  }
  for (const std::string& file : {zip_file(dict(pairs), kSix), test::safetensors_file(entries, data)}) {
    const StateDict state = parse(file);
    EXPECT_EQ(state.order, kAlike);
    EXPECT_EQ(state.tensors.size(), kAlike.size());
  }
  const std::string control = "w\x1b[2J";
  EXPECT_THAT(parse(zip_file(dict(text(control) + TensorText{}.pickle()), kSix)).order, ElementsAre("w\\x1b[2J"));
}

TEST(StateDict, RefusesANaNByTheTensorsName) {
  EXPECT_THAT(
      [] {
        parse(zip_file(state_dict_of({}), floats({1, 2, NAN, 4, 5, 6})));
      },
      ThrowsMessage<Error>(HasSubstr("FILE.pt: tensor w holds a NaN")));
  EXPECT_THAT(
      [] {
        parse(zip_file(state_dict_of({}), floats({1, 2, 3, INFINITY, 5, 6})));
      },
      ThrowsMessage<Error>(HasSubstr("tensor w")));
}

TEST(StateDict, RefusesFilesThatAreNotStateDicts) {
  using namespace test::pickled;
  const std::string tensor = text("w") + TensorText{}.pickle();
  EXPECT_THAT([] { parse(zip_file(number(3), "")); }, ThrowsMessage<Error>(HasSubstr("holds an int")));
  EXPECT_THAT([&] { parse(zip_file(dict(tensor + text("epoch") + number(3)), kSix)); },
              ThrowsMessage<Error>(HasSubstr("epoch is an int")));
  EXPECT_THAT([] { parse(zip_file(dict(""), "")); }, ThrowsMessage<Error>(HasSubstr("no tensors")));
  EXPECT_THAT([&] { parse(zip_file(dict(tensor + number(1) + TensorText{}.pickle()), kSix)); },
              ThrowsMessage<Error>(HasSubstr("an int as a key")));
}

// ---- published files, if present on this machine

TEST(PublishedWeights, TheOldFormatGivesTheBytesOfTheFile) {
  STAPES_NEEDS_TEST_DATA("weights/micro_acdnet_esc10_fold4.pt");
  const auto path = test::test_data_dir() / "weights/micro_acdnet_esc10_fold4.pt";
  const StateDict state = read_state_dict(path);
  EXPECT_EQ(state.order.size(), 62u);  // 12 convolutions, 12 batch norms of 4 tensors, weight and bias of the head
  EXPECT_EQ(state.order.front(), "sfeb.0.weight");
  EXPECT_EQ(state.order.back(), "tfeb.38.bias");
  EXPECT_THAT(state.tensors.at("tfeb.33.weight").shape, ElementsAre(48, 69, 1, 1));
  EXPECT_TRUE(state.config.empty());
  // The file holds each tensor's values after an int64 count.
  const auto bytes = read_file(path);
  for (const auto& [name, tensor] : state.tensors) {
    const auto want = test::little_endian(static_cast<std::int64_t>(tensor.values.size())) + floats(tensor.values);
    const auto needle = test::bytes_of(want);
    EXPECT_NE(std::search(bytes.begin(), bytes.end(), needle.begin(), needle.end()), bytes.end()) << name;
  }
}

TEST(PublishedWeights, PrunedFilesCarryTheirWidths) {
  STAPES_NEEDS_TEST_DATA("weights/nano_acdnet_pruned_esc50.pt");
  const StateDict state = read_state_dict(test::test_data_dir() / "weights/nano_acdnet_pruned_esc50.pt");
  EXPECT_THAT(state.config, ElementsAre(7, 19, 10, 8, 18, 25, 29, 31, 31, 43, 49, 42));
}

TEST(PublishedWeights, TheZipFormatReadsLikeTheOldOne) {
  STAPES_NEEDS_TEST_DATA("weights/micro_acdnet_esc10_fold4.pt");
  const StateDict zip = read_state_dict(test::data_path("golden/micro_fp_init.pt"));
  const StateDict old = read_state_dict(test::test_data_dir() / "weights/micro_acdnet_esc10_fold4.pt");
  ASSERT_EQ(zip.order, old.order);
  for (const std::string& name : zip.order) EXPECT_EQ(zip.tensors.at(name).shape, old.tensors.at(name).shape) << name;
}

}  // namespace
}  // namespace stapes
