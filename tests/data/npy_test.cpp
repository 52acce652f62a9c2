// SPDX-License-Identifier: Apache-2.0
#include "data/features/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"
#include "support/npy_file.h"
#include "support/paths.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<float> kSix = {1, -2, 3.5f, 4, 5, 6};

void expect_npy_refused(const std::vector<std::byte>& file, const char* why) {
  EXPECT_THAT([&] { read_npy(file, "a.npy"); }, ThrowsMessage<Error>(AllOf(HasSubstr("a.npy"), HasSubstr(why)))) << why;
}

std::vector<std::byte> with_header(const std::string& header) {
  return test::npy_with_header(header, std::as_bytes(std::span(kSix)));
}

TEST(Npy, AnArrayIsReadWithItsShape) {
  for (const int major : {1, 2}) {
    const auto file = test::npy_bytes("<f4", {2, 3}, kSix, {.major = major});
    const NpyArray array = read_npy(file, "a.npy");
    EXPECT_EQ(array.dtype, "<f4");
    EXPECT_THAT(array.shape, ElementsAre(2, 3));
    EXPECT_EQ(array.count, 6u);
    ASSERT_EQ(array.values.size(), 24u);
    EXPECT_EQ(std::memcmp(array.values.data(), kSix.data(), 24), 0);
    require_float32(array, "a.npy");
  }
}

TEST(Npy, HeadersOfOtherProgramsMayDiffer) {
  for (const char* header : {"{\"shape\":(2,3),\"descr\":\"<f4\",\"fortran_order\":False}",
                             "  { 'fortran_order' : False , 'descr' : '<f4' , 'shape' : ( 2 , 3 , ) , }  "}) {
    EXPECT_THAT(read_npy(with_header(header), "a.npy").shape, ElementsAre(2, 3)) << header;
  }
  EXPECT_THAT(read_npy(with_header("{'descr': '<f4', 'fortran_order': True, 'shape': (6,)}"), "a.npy").shape,
              ElementsAre(6));
  const std::vector<float> one = {2};
  EXPECT_EQ(read_npy(test::npy_bytes("<f4", {}, one), "a.npy").count, 1u);
}

// Written by NumPy 1.24.
TEST(Npy, FilesOfNumpyAreRead) {
  const auto corpus = test::tests_dir() / "fuzz/npy_corpus";
  const auto features = read_file(corpus / "float32_2x3.npy");
  EXPECT_THAT(read_npy(features, "a.npy").shape, ElementsAre(2, 3));
  const auto labels = read_file(corpus / "int64_4.npy");
  EXPECT_THAT(whole_numbers(read_npy(labels, "a.npy"), "a.npy", 0, 9), ElementsAre(0, 1, 2, 9));
  expect_npy_refused(read_file(corpus / "fortran_2x3.npy"), "Fortran order");
  expect_npy_refused(read_file(corpus / "records.npy"), "records");
}

TEST(Npy, WhatIsNoArrayIsRefused) {
  expect_npy_refused({}, "is not a NumPy array; expected a .npy file");
  const std::string zip = "PK\3\4 an .npz file";
  const auto bytes = std::as_bytes(std::span(zip));
  expect_npy_refused({bytes.begin(), bytes.end()}, "is not a NumPy array");
  expect_npy_refused(test::npy_bytes("<f4", {6}, kSix, {.major = 3}), "version 3.0; expected 1.0 or 2.0");
  expect_npy_refused(test::npy_bytes("<f4", {6}, kSix, {.minor = 1}), "version 1.1; expected 1.0 or 2.0");
  expect_npy_refused(test::npy_bytes("<f4", {2, 3}, kSix, {.fortran = true}), "Fortran order; expected C order");
  expect_npy_refused(test::npy_bytes("|O", {6}, kSix), "values of type '|O'; expected plain numbers");
  expect_npy_refused(test::npy_bytes("<U3", {2}, kSix), "values of type '<U3'");
  expect_npy_refused(test::npy_bytes("<f99", {2}, kSix), "values of type '<f99'");
}

TEST(Npy, SizesThatDoNotFitAreRefused) {
  expect_npy_refused(test::npy_bytes("<f4", {0, 3}, kSix), "holds no values: its shape is 0 x 3");
  expect_npy_refused(test::npy_bytes("<f4", {7}, kSix), "needs more than the 24 bytes");
  expect_npy_refused(test::npy_bytes("<f4", {5}, kSix), "has 24 bytes of values; expected 20");
  expect_npy_refused(test::npy_bytes("<f4", {std::size_t{1} << 62, 4}, kSix), "needs more");  // overflows to 0
  expect_npy_refused(test::npy_bytes("<f4", {std::size_t{1} << 32, std::size_t{1} << 32}, kSix), "needs more");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"),
                     "whole number");
}

TEST(Npy, BrokenHeadersAreRefused) {
  expect_npy_refused(with_header(""), "broken header: expected '{'");
  expect_npy_refused(with_header("{'descr': '<f4', 'shape': (6,)}"), "lacks descr, fortran_order or shape");
  expect_npy_refused(with_header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}"), "twice");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': 0, 'shape': (6,)}"),
                     "fortran_order is neither True nor False");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}"), "whole number");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': 6}"), "expected '('");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1}"), "key 'x'");
  expect_npy_refused(with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} 1"), "unexpected text after");
  expect_npy_refused(with_header("{'descr': '<f4"), "quoted word");
  std::string deep = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 33; ++i) deep += "1,";
  expect_npy_refused(with_header(deep + ")}"), "more than 32 dimensions");
}

TEST(Npy, EveryCutIsRefused) {
  for (const int major : {1, 2}) {
    const auto whole = test::npy_bytes("<f4", {2, 3}, kSix, {.major = major});
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      EXPECT_THROW(read_npy(cut, "a.npy"), Error) << bytes;
    }
  }
}

TEST(Npy, OtherTypesThanFloat32AreNamed) {
  const auto file = test::npy_bytes("<f8", {3}, kSix);
  EXPECT_THAT([&] { require_float32(read_npy(file, "a.npy"), "a.npy"); },
              ThrowsMessage<Error>(HasSubstr("a.npy holds values of type '<f8'; expected little-endian float32")));
}

template <class Value>
std::vector<int> read_numbers(const char* dtype, const std::vector<Value>& values, int low = 0, int high = 300) {
  const auto file = test::npy_bytes(dtype, {values.size()}, values);
  return whole_numbers(read_npy(file, "a.npy"), "a.npy", low, high);
}

TEST(Npy, WholeNumbersOfAnyWidthAreRead) {
  EXPECT_THAT(read_numbers<std::int8_t>("|i1", {0, 127}), ElementsAre(0, 127));
  EXPECT_THAT(read_numbers<std::uint8_t>("|u1", {0, 255}), ElementsAre(0, 255));
  EXPECT_THAT(read_numbers<std::int16_t>("<i2", {0, 300}), ElementsAre(0, 300));
  EXPECT_THAT(read_numbers<std::uint32_t>("<u4", {7}), ElementsAre(7));
  EXPECT_THAT(read_numbers<std::int64_t>("<i8", {0, 299}), ElementsAre(0, 299));
}

TEST(Npy, OtherNumbersAreRefused) {
  const auto refused = [](const auto& read, const char* why) {
    EXPECT_THAT(read, ThrowsMessage<Error>(AllOf(HasSubstr("a.npy"), HasSubstr(why))));
  };
  refused([] { read_numbers<std::int8_t>("|i1", {0, -1}); }, "row 1 (counting from 0) is negative; expected 0 to 300");
  refused(
      [] {
        read_numbers<std::int64_t>("<i8", {0, std::int64_t{1} << 32});
      },
      "row 1 (counting from 0) is 4294967296");
  refused([] { read_numbers<std::uint64_t>("<u8", {~std::uint64_t{0}}); }, "is 18446744073709551615");
  refused([] { read_numbers<std::int64_t>("<i8", {0}, 1); }, "row 0 (counting from 0) is 0; expected 1 to 300");
  refused([] { read_numbers<float>("<f4", {0}); }, "type '<f4'; expected little-endian integers");
  refused([] { read_numbers<std::int16_t>(">i2", {0}); }, "type '>i2'");
  const std::vector<std::int8_t> four(4);
  const auto square = test::npy_bytes("|i1", {2, 2}, four);
  refused([&] { whole_numbers(read_npy(square, "a.npy"), "a.npy", 0, 9); },
          "2 dimensions; expected one number per clip");
}

}  // namespace
}  // namespace stapes
