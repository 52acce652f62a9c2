// SPDX-License-Identifier: Apache-2.0
#include "packed/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "packed/container.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/sanitizers.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

// A blob at a 64-byte-aligned address in an allocation of exactly its size, so that the address sanitizer detects reads
// past it.
class AlignedBlob {
 public:
  explicit AlignedBlob(std::span<const std::byte> bytes)
      : data_(new (std::align_val_t{64}) std::byte[bytes.size()]), size_(bytes.size()) {
    if (size_ > 0) std::memcpy(data_, bytes.data(), size_);
  }
  ~AlignedBlob() { ::operator delete[](data_, std::align_val_t{64}); }
  AlignedBlob(const AlignedBlob&) = delete;
  AlignedBlob& operator=(const AlignedBlob&) = delete;

  std::span<std::byte> bytes() { return {data_, size_}; }

 private:
  std::byte* data_;
  std::size_t size_;
};

Status open(std::span<const std::byte> blob) {
  const fb::Model* model = nullptr;
  const Status status = open_model(blob, model);
  EXPECT_EQ(model != nullptr, status == Status::kOk);
  return status;
}

class Reader : public testing::TestWithParam<const char*> {
 protected:
  static fb::ModelT model() {
    const std::string route = GetParam();
    return test::tiny_model(route);
  }
};

TEST_P(Reader, OpensAWholeModel) {
  const fb::ModelT written = model();
  AlignedBlob blob(serialize_unchecked(written));
  const fb::Model* opened = nullptr;
  ASSERT_EQ(open_model(blob.bytes(), opened), Status::kOk);
  EXPECT_EQ(opened->route()->str(), written.route);
  EXPECT_EQ(opened->layers()->size(), written.layers.size());
}

TEST_P(Reader, RefusesEveryTruncation) {
  const auto whole = serialize_unchecked(model());
  for (std::size_t n = 0; n < whole.size(); ++n) {
    AlignedBlob blob(std::span{whole}.first(n));
    ASSERT_NE(open(blob.bytes()), Status::kOk) << n << " of " << whole.size() << " bytes";
  }
}

// The time is quadratic in the size, and the address sanitizer makes it ten times as long.
constexpr std::size_t kStride = test::kAddressSanitizer ? 5 : 1;

TEST_P(Reader, RefusesEveryFlippedByte) {
  AlignedBlob blob(serialize_unchecked(model()));
  for (std::size_t i = 0; i < blob.bytes().size(); i += kStride) {
    blob.bytes()[i] ^= std::byte{0xFF};
    ASSERT_NE(open(blob.bytes()), Status::kOk) << "byte " << i;
    blob.bytes()[i] ^= std::byte{0xFF};
  }
}

TEST_P(Reader, RefusesEveryFlippedBit) {
  AlignedBlob blob(serialize_unchecked(model()));
  for (std::size_t i = 0; i < blob.bytes().size() * 8;
       i += 3 * kStride) {  // 3 and 8 are coprime: hits every bit position
    blob.bytes()[i / 8] ^= std::byte{1} << (i % 8);
    ASSERT_NE(open(blob.bytes()), Status::kOk) << "bit " << i;
    blob.bytes()[i / 8] ^= std::byte{1} << (i % 8);
  }
}

// Damage now reaches the verifier and the checks. It may be harmless (a weight). It must never cause reads out of
// bounds (ASan), and accepted models must be readable.
TEST_P(Reader, SurvivesEveryFlippedByteBehindARepairedChecksum) {
  AlignedBlob blob(serialize_unchecked(model()));
  int refused = 0;
  for (std::size_t i = kContainerHeaderBytes; i < blob.bytes().size(); i += kStride) {
    for (const std::byte flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
      blob.bytes()[i] ^= flip;
      const auto header = container_header(kModelContainer, blob.bytes().subspan(kContainerHeaderBytes));
      std::memcpy(blob.bytes().data(), header.data(), header.size());
      refused += open(blob.bytes()) != Status::kOk;
      blob.bytes()[i] ^= flip;
    }
  }
  EXPECT_GT(refused, 1000 / static_cast<int>(kStride));
}

// Without residual_fp32, which is ten times as large: the time is quadratic in the size.
INSTANTIATE_TEST_SUITE_P(EveryRoute, Reader,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "logistic", "pools_fp32", "pools_int8",
                                         "rounded_once", "residual_int8", "residual_xnor"));

std::vector<std::byte> with_version(std::vector<std::byte> file, std::uint32_t version) {
  const auto header =
      container_header({kModelContainer.magic, version}, std::span(file).subspan(kContainerHeaderBytes));
  std::copy(header.begin(), header.end(), file.begin());
  return file;
}

// A model without groups has the bytes of a version without groups.
TEST(ReaderVersions, ReadsTheOnesBeforeThisOne) {
  const auto whole = serialize_unchecked(test::tiny_model("int8"));
  for (const auto& [version, status] : {std::pair{1u, Status::kTooOld},
                                        {2u, Status::kOk},
                                        {3u, Status::kOk},
                                        {4u, Status::kOk},
                                        {6u, Status::kTooNew}}) {
    AlignedBlob blob(with_version(whole, version));
    EXPECT_EQ(open(blob.bytes()), status) << version;
  }
}

std::string model_file_refusal(std::span<const std::byte> bytes) {
  try {
    const ModelFile file(bytes, "m.stapes");
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ModelFileRefusals, EachStatusHasItsOwnRemedy) {
  const auto whole = serialize_unchecked(test::tiny_model("int8"));
  EXPECT_EQ(model_file_refusal(whole), "");
  EXPECT_EQ(model_file_refusal(with_version(whole, 1)),
            "cannot use m.stapes: written by an earlier version of Stapes; pack the run again with this version");
  EXPECT_EQ(model_file_refusal(with_version(whole, 6)),
            "cannot use m.stapes: written by a later version of Stapes; use a newer Stapes, or pack the run again with "
            "this version");
  fb::ModelT foreign = test::tiny_model("int8");
  foreign.route = "int4";
  EXPECT_EQ(model_file_refusal(serialize_unchecked(foreign)),
            "cannot use m.stapes: holds something this build cannot run (route is not fp32, xnor or int8); use the "
            "version of Stapes that packed it, or pack the run again with this version");
  auto damaged = whole;
  damaged.back() ^= std::byte{1};
  EXPECT_EQ(model_file_refusal(damaged),
            "cannot use m.stapes: damaged (header or checksum); copy the file again, or pack the run again");
}

TEST(ReaderBlob, MustBeAligned) {
  const auto whole = serialize_unchecked(test::tiny_fp32());
  std::vector<std::byte> padded(whole.size() + 8);
  AlignedBlob blob(padded);
  std::memcpy(blob.bytes().data() + 8, whole.data(), whole.size());
  EXPECT_EQ(open(blob.bytes().subspan(8)), Status::kUnsupported);
}

TEST(ReaderBlob, MayNotBeEmpty) { EXPECT_EQ(open({}), Status::kNotAModel); }

TEST(StatusText, ExistsForEveryStatus) {
  for (const Status s : {Status::kOk, Status::kNotAModel, Status::kTooNew, Status::kTooOld, Status::kCorrupt,
                         Status::kUnsupported, Status::kArenaTooSmall, Status::kBadHop, Status::kBadSetting}) {
    EXPECT_STRNE(to_string(s), "unknown status");
  }
}

}  // namespace
}  // namespace stapes
