// SPDX-License-Identifier: Apache-2.0
#include "packed/container.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace stapes {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// CRC-32C, one bit at a time.
std::uint32_t crc32c_by_definition(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
  }
  return ~crc;
}

TEST(Crc32c, GivesTheStandardCheckValue) { EXPECT_EQ(crc32c(bytes_of("123456789")), 0xE3069283u); }

TEST(Crc32c, EqualsTheDefinitionAtEveryLengthAndContinues) {
  std::vector<std::byte> bytes;
  for (std::uint32_t i = 0; i < 70; ++i) bytes.push_back(static_cast<std::byte>(i * 37 + 11));
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    const auto part = std::span(bytes).first(n);
    EXPECT_EQ(crc32c(part), crc32c_by_definition(part)) << n;
    EXPECT_EQ(crc32c(part.subspan(n / 3), crc32c(part.first(n / 3))), crc32c_by_definition(part)) << n;
  }
}

class Container : public testing::Test {
 protected:
  Container() : payload_(bytes_of("the payload of a small file")) {
    const auto header = container_header(kKind, payload_);
    file_.assign(header.begin(), header.end());
    for (const std::byte b : payload_) file_.push_back(b);
  }
  Status open() {
    std::span<const std::byte> found;
    const Status status = open_container(file_, kKind, found);
    EXPECT_EQ(found.size(), status == Status::kOk ? payload_.size() : 0);
    return status;
  }

  static constexpr ContainerKind kKind{"STAPESXX", 3};
  std::vector<std::byte> payload_;
  std::vector<std::byte> file_;
};

TEST_F(Container, GivesBackItsPayload) {
  std::span<const std::byte> found;
  ASSERT_EQ(open_container(file_, kKind, found), Status::kOk);
  EXPECT_EQ(std::vector<std::byte>(found.begin(), found.end()), payload_);
}

TEST_F(Container, IsLittleEndianAsDocumented) {
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(file_.data()), 8), "STAPESXX");
  EXPECT_EQ(file_[8], std::byte{3});
  EXPECT_EQ(file_[16], std::byte{27});
  EXPECT_EQ(file_.size(), 64u + 27u);
}

TEST_F(Container, RefusesEveryTruncation) {
  while (!file_.empty()) {
    file_.pop_back();
    EXPECT_EQ(open(), Status::kNotAModel) << file_.size();
  }
}

TEST_F(Container, RefusesEveryFlippedBit) {  // some turn the version into an older one
  for (std::size_t i = 0; i < file_.size() * 8; ++i) {
    file_[i / 8] ^= std::byte{1} << (i % 8);
    EXPECT_NE(open(), Status::kOk) << "bit " << i % 8 << " of byte " << i / 8;
    file_[i / 8] ^= std::byte{1} << (i % 8);
  }
}

TEST_F(Container, RefusesAByteTooMany) {
  file_.push_back(std::byte{0});
  EXPECT_EQ(open(), Status::kCorrupt);
}

TEST_F(Container, TellsALaterVersionFromDamage) {
  file_[8] = std::byte{4};
  EXPECT_EQ(open(), Status::kTooNew);
  file_[8] = std::byte{0};
  EXPECT_EQ(open(), Status::kCorrupt);
}

TEST_F(Container, RefusesAnotherKind) {
  std::span<const std::byte> found;
  EXPECT_EQ(open_container(file_, kModelContainer, found), Status::kNotAModel);
}

TEST_F(Container, RefusesAForgedLength) {
  for (std::size_t i = 16; i < 24; ++i) file_[i] = std::byte{0xFF};
  EXPECT_EQ(open(), Status::kNotAModel);
}

}  // namespace
}  // namespace stapes
