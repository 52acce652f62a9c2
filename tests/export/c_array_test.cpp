// SPDX-License-Identifier: Apache-2.0
#include "export/c_array.h"

#include <gtest/gtest.h>

#include <limits>

#include "export/read_arrays.h"

namespace stapes {
namespace {

template <class T>
void expect_read_back(const std::vector<T>& values) {
  const CArray array = c_array("a", std::span<const T>(values));
  EXPECT_EQ(array.count, values.size());
  EXPECT_EQ(array.bytes, values.size() * sizeof(T));
  EXPECT_EQ(test::bytes_of_list(array.type, array.values), test::bytes_of(std::span<const T>(values)));
}

TEST(CArray, IsReadBackToTheBit) {
  expect_read_back<std::int8_t>({-128, -1, 0, 1, 127});
  expect_read_back<std::uint8_t>({0, 1, 255});
  expect_read_back<std::int16_t>({INT16_MIN, -1, 0, INT16_MAX});
  expect_read_back<std::uint16_t>({0, UINT16_MAX});
  expect_read_back<std::int32_t>({INT32_MIN, INT32_MIN + 1, -1, 0, INT32_MAX});
  expect_read_back<std::uint32_t>({0, 0x80000000u, UINT32_MAX});
  using Limits = std::numeric_limits<float>;
  expect_read_back<float>({0.0f, -0.0f, 0.1f, -1.0f / 3, 1e30f, Limits::min(), Limits::denorm_min(), Limits::max(),
                           Limits::lowest(), Limits::epsilon()});
}

TEST(CArray, GivesMemoryAsWordsFilledUpWithZeros) {
  const std::vector<std::byte> bytes = {std::byte{0x01}, std::byte{0x02}, std::byte{0x03}, std::byte{0x84},
                                        std::byte{0xFF}};
  const CArray array = c_array_of_bytes("a", bytes);
  EXPECT_EQ(array.type, "uint32_t");
  EXPECT_EQ(array.bytes, 8u);
  EXPECT_EQ(array.values, "    0x84030201u, 0x000000ffu");
}

TEST(CArray, BreaksItsLines) {
  const CArray array = c_array("a", std::span<const std::int32_t>(std::vector<std::int32_t>(1000, INT32_MIN)));
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = array.values.find('\n', begin);
    EXPECT_LE((end == std::string::npos ? array.values.size() : end) - begin, 120u);
  }
}

}  // namespace
}  // namespace stapes
