// SPDX-License-Identifier: Apache-2.0
// Each hostile file ends in an Error or a complete state dict, never in a crash. Run with preset asan for full effect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/philox.h"
#include "import/safetensors_file.h"
#include "import/state_dict.h"
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
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::int64_t kTenGigabytes = 2'500'000'000;  // floats

template <class Work>
void expect_error(Work work, const std::string& part) {
  EXPECT_THAT(work, ThrowsMessage<Error>(HasSubstr(part)));
}

TEST(HostileFile, CodeIsNamedAndNotRun) {
  using namespace test::pickled;
  const std::string run = call(global("os", "system"), text("touch owned"));
  expect_error([&] { parse(zip_file(dict(text("w") + run), "")); },
               "FILE.pt: the file names the Python object os.system");
  expect_error([&] { parse(old_file(run, "0", 0, "")); }, "os.system");
  expect_error([&] { parse(zip_file(global("torch.nn.modules.conv", "Conv2d"), "")); }, "torch.nn.modules.conv.Conv2d");
}

TEST(HostileFile, TenGigabytesInASmallFileAreNotAllocated) {
  const TensorText storage{.storage_count = kTenGigabytes, .sizes = {kTenGigabytes}, .strides = {1}};
  expect_error([&] { parse(zip_file(state_dict_of(storage), kSix)); }, "declares 2500000000 values");
  TensorText old = storage;
  old.old_format = true;
  expect_error([&] { parse(old_file(state_dict_of(old), "0", kTenGigabytes, kSix)); }, "declares 2500000000 values");
  expect_error([&] { parse(old_file(state_dict_of({.old_format = true}), "0", kTenGigabytes, kSix)); },
               "its tensors expect 6");
  // Strides of 0 need no storage.
  expect_error(
      [&] {
        parse(zip_file(state_dict_of({.sizes = {50000, 50000}, .strides = {0, 0}}), kSix));
      },
      "more values than a file");
}

TEST(HostileFile, ManyTensorsOnOneStorageAreBounded) {
  using namespace test::pickled;
  std::string pairs;
  for (int i = 0; i < 40; ++i) {
    pairs += text(std::to_string(i)) + TensorText{.storage_count = 1000, .sizes = {1000}, .strides = {1}}.pickle();
  }
  expect_error([&] { parse(zip_file(dict(pairs), std::string(4000, '\0'))); }, "more values than a file");
}

TEST(HostileFile, AViewMustStayInsideItsStorage) {
  for (const TensorText& tensor :
       {TensorText{.sizes = {7}, .strides = {1}}, TensorText{.offset = 1},
        TensorText{.sizes = {2, 3}, .strides = {4, 1}}, TensorText{.offset = 6, .sizes = {}, .strides = {}},
        TensorText{.offset = INT64_MAX}, TensorText{.sizes = {3, 1}, .strides = {INT64_MAX, 1}},
        TensorText{.sizes = {2, 2, 2}, .strides = {3, 2, 1}}}) {
    expect_error([&] { parse(zip_file(state_dict_of(tensor), kSix)); }, "beyond its storage");
  }
  for (const TensorText& tensor :
       {TensorText{.offset = -1}, TensorText{.sizes = {-1}, .strides = {1}}, TensorText{.sizes = {2}, .strides = {-1}},
        TensorText{.sizes = {2, 3}, .strides = {1}}, TensorText{.storage_count = -6},
        TensorText{.sizes = {1, 1, 1, 1, 1, 1, 1, 1, 1}, .strides = {1, 1, 1, 1, 1, 1, 1, 1, 1}},
        TensorText{.sizes = {INT64_MAX, INT64_MAX, 4}, .strides = {0, 0, 0}}}) {
    EXPECT_THROW(parse(zip_file(state_dict_of(tensor), kSix)), Error);
  }
}

TEST(HostileFile, StoragesMustHoldWhatTheyClaim) {
  expect_error([] { parse(zip_file(state_dict_of({.storage_count = 5}), kSix)); }, "declares 5 values");
  expect_error([] { parse(zip_file(state_dict_of({.key = "7"}), kSix)); }, "no entry m/data/7");
  expect_error([] { parse(zip_file(state_dict_of({.key = "../data.pkl"}), kSix)); }, "no entry");
  expect_error([] { parse(zip_file(state_dict_of({}), kSix + "xyz")); }, "declares 6 values");
  expect_error([] { parse(zip_file(state_dict_of({.type = "QInt8Storage"}), kSix)); }, "torch.QInt8Storage");
}

TEST(HostileFile, TheOldFormatsListMustMatchItsTensors) {
  const std::string object = state_dict_of({.old_format = true});
  expect_error([&] { parse(old_file(object, "1", 6, kSix)); }, "belongs to no tensor");
  expect_error([&] { parse(old_file(object, "0", 6, kSix + "x")); }, "left over");
  expect_error([&] { parse(old_file(object, "0", -6, kSix)); }, "its tensors expect 6");
  expect_error([&] { parse(old_file(object, "0", 6, kSix.substr(1))); }, "declares 6 values");
}

// A dict that contains itself under every name that the search tries, and 100,000 times more.
TEST(HostileFile, ACheckpointInItselfEnds) {
  using namespace test::pickled;
  std::string pairs;
  for (const char* name : {"state_dict", "model_state_dict", "model", "weights", "weight", "net", "checkpoint"}) {
    pairs += text(name) + "h\x01";
  }
  for (int i = 0; i < 100000; ++i) pairs += text("x") + "h\x01";
  expect_error([&] { parse(zip_file("}q\x01" + kMark + pairs + "u", "")); }, "no tensors where weights are expected");
}

// ---- safetensors: one float tensor "w" [2, 3], with one error each

using test::safetensors_entry;
using test::safetensors_file;

TEST(HostileSafetensors, TheRightOneIsRead) {
  const std::string w = safetensors_entry("w", "F32", "[2,3]", 0, 24);
  EXPECT_EQ(parse(safetensors_file(w, kSix)).tensors.at("w").values[5], 6.0f);
  EXPECT_EQ(parse(safetensors_file("\"__metadata__\":{\"format\":\"pt\"}," + w, kSix)).order.size(), 1u);
  const std::string header = "{" + w + "}   ";  // padded with spaces
  EXPECT_EQ(parse(test::little_endian(std::uint64_t{header.size()}) + header + kSix).order.size(), 1u);
  const std::string counter = safetensors_entry("n.num_batches_tracked", "I64", "[]", 24, 32);
  EXPECT_EQ(parse(safetensors_file(w + "," + counter, kSix + std::string(8, '\1'))).order.size(), 1u);
}

TEST(HostileSafetensors, EveryLieIsRefused) {
  const auto w = [](const std::string& dtype, const std::string& shape, std::int64_t begin, std::int64_t end) {
    return safetensors_entry("w", dtype, shape, begin, end);
  };
  const std::string good = w("F32", "[2,3]", 0, 24);
  const struct {
    std::string file, message;
  } kLies[] = {
      // Header length.
      {safetensors_file(good, kSix, 1000), "declares a header"},
      {safetensors_file(good, kSix, INT64_MAX - 1000), "declares a header"},
      {safetensors_file(good, kSix, -2), "damaged"},
      {safetensors_file(good, kSix, 3), "damaged"},
      {std::string("\xff\xff\xff\xff\xff\xff\xff\xff{", 9), "declares a header"},
      {safetensors_file(good + std::string(17 << 20, ' '), kSix), "declares a header"},
      // Header text.
      {safetensors_file("\"w\":[[[[[[[[[[1]]]]]]]]]]", kSix), "nested more than"},
      {safetensors_file(good + "," + good, kSix), "the key 'w' twice"},
      {safetensors_file("\"w\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[6],\"data_offsets\":[0,24]}", kSix),
       "the key 'dtype' twice"},
      {safetensors_file("\"w\":3", kSix), "tensor w must have exactly the keys dtype, shape and data_offsets"},
      {safetensors_file("\"w\":{\"dtype\":\"F32\",\"shape\":[6],\"offsets\":[0,24]}", kSix),
       "tensor w has no data_offsets"},
      {safetensors_file("\"__metadata__\":{\"a\":1}," + good, kSix), "__metadata__"},
      {safetensors_file("\"\xff\xff\":{}", kSix), "damaged"},
      // Types and shapes.
      {safetensors_file(w("F99", "[6]", 0, 24), kSix), "has dtype \"F99\""},
      {safetensors_file(w("I32", "[6]", 0, 24), kSix), "tensor w holds I32"},
      {safetensors_file(w("F32", "[7]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[5]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F64", "[6]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[0,6]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[4294967296,4294967296,6]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[4611686018427387904,4,6]", 0, 24), kSix), "does not match its dtype and shape"},
      {safetensors_file(w("F32", "[-2,-3]", 0, 24), kSix), "shape is not a list"},
      {safetensors_file(w("F32", "[2.0,3]", 0, 24), kSix), "shape is not a list"},
      {safetensors_file(w("F32", "[1,1,1,1,1,1,1,1,6]", 0, 24), kSix), "shape is not a list"},
      {safetensors_file(w("F32", "6", 0, 24), kSix), "shape is not a list"},
      // Offsets.
      {safetensors_file(w("F32", "[6]", 24, 0), kSix), "data_offsets that are out of order or outside"},
      {safetensors_file(w("F32", "[6]", 0, INT64_MAX), kSix), "data_offsets that are out of order or outside"},
      {safetensors_file(w("F32", "[6]", -24, 0), kSix), "data_offsets is not a list"},
      {safetensors_file(w("F32", "[5]", 4, 24), kSix), "leave a gap"},
      {safetensors_file(w("F32", "[5]", 0, 20), kSix), "the data has 24 bytes, but its tensors have 20"},
      {safetensors_file(good + "," + safetensors_entry("v", "F32", "[6]", 0, 24), kSix), "overlap"},
      {safetensors_file(good + "," + safetensors_entry("v", "F32", "[1]", 20, 24), kSix), "overlap"},
      {safetensors_file(good, kSix.substr(1)), "data_offsets that are out of order or outside"},
      // Values.
      {safetensors_file(good, floats({1, 2, NAN, 4, 5, 6})), "tensor w holds a NaN"},
      {safetensors_file(w("F16", "[12]", 0, 24), kSix.substr(0, 22) + "\xff\x7f"), "tensor w holds a NaN"},
  };
  for (const auto& lie : kLies) expect_error([&] { parse(lie.file); }, lie.message);
}

class PublishedFile : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    STAPES_NEEDS_TEST_DATA(GetParam());
    file_ = read_file(test::data_path(GetParam()));
  }
  void read_whatever_it_is(std::span<const std::byte> bytes) {
    try {
      parsed_ += !parse_state_dict(bytes, "FILE").tensors.empty();
    } catch (const Error&) {
      ++refused_;
    }
  }
  std::vector<std::byte> file_;
  int parsed_ = 0, refused_ = 0;
};

TEST_P(PublishedFile, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < file_.size(); size += size < 12000 ? 97 : 9973) {
    // A copy of the exact size: a sanitizer detects reads past the end.
    const std::vector<std::byte> cut(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size));
    read_whatever_it_is(cut);
  }
  EXPECT_EQ(parsed_, 0);
  EXPECT_GT(refused_, 150);
}

TEST_P(PublishedFile, FlippedBytesNeverCrash) {
  Philox random(7, Philox::Purpose::kTest);
  for (int round = 0; round < 300; ++round) {
    auto damaged = file_;
    // Half of the flips hit the pickle, which is near the start in both formats.
    const std::size_t range = round % 2 == 0 ? 12000 : file_.size();
    damaged[random.below(static_cast<std::uint32_t>(range))] ^= static_cast<std::byte>(1 + random.below(255));
    read_whatever_it_is(damaged);
  }
  EXPECT_GT(refused_, 50);
}

// As above, for small files that are always available.
class SavedFile : public PublishedFile {
 protected:
  void SetUp() override { file_ = read_file(test::tests_dir() / "import/saved" / GetParam()); }
};

TEST_P(SavedFile, EveryTruncationIsRefused) {
  for (std::size_t size = 0; size < file_.size(); size += 37) {
    const std::vector<std::byte> cut(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(size));
    read_whatever_it_is(cut);
  }
  EXPECT_EQ(parsed_, 0);
}

TEST_P(SavedFile, FlippedBytesNeverCrash) {
  Philox random(7, Philox::Purpose::kTest);
  for (int round = 0; round < 2000; ++round) {
    auto damaged = file_;
    damaged[random.below(static_cast<std::uint32_t>(file_.size()))] ^= static_cast<std::byte>(1 + random.below(255));
    read_whatever_it_is(damaged);
  }
  EXPECT_GT(refused_, 500);
}

INSTANTIATE_TEST_SUITE_P(EveryFormat, SavedFile,
                         testing::Values("weights.safetensors", "old_checkpoint_protocol_5.pt", "lightning.ckpt"));

INSTANTIATE_TEST_SUITE_P(BothFormats, PublishedFile,
                         testing::Values("weights/micro_acdnet_esc10_fold4.pt", "golden/micro_fp_init.pt"));

}  // namespace
}  // namespace stapes
