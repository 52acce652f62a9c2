// SPDX-License-Identifier: Apache-2.0
#include "data/images/decode_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/philox.h"
#include "support/image_files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::uint8_t> decoded_pixels(const test::Bytes& file) { return decode_image(file, "x").pixels; }

int largest_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  int largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(DecodeImage, APngIsWhatWasWritten) {
  const auto pixels = test::gradient(37, 21);
  for (const int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7}) {
    const RgbImage image = decode_image(test::png_bytes(37, 21, pixels, {.interlace = interlace}), "x");
    EXPECT_EQ(image.width, 37);
    EXPECT_EQ(image.height, 21);
    EXPECT_EQ(image.pixels, pixels);
  }
}

TEST(DecodeImage, GrayPalettesAndBitsBecomeRgb) {
  EXPECT_THAT(decoded_pixels(test::png_bytes(2, 1, {7, 250}, {.color = PNG_COLOR_TYPE_GRAY})),
              ElementsAre(7, 7, 7, 250, 250, 250));
  EXPECT_THAT(decoded_pixels(test::png_bytes(2, 1, {0x80}, {.color = PNG_COLOR_TYPE_GRAY, .bit_depth = 1})),
              ElementsAre(255, 255, 255, 0, 0, 0));
  EXPECT_THAT(decoded_pixels(
                  test::png_bytes(2, 1, {1, 0}, {.color = PNG_COLOR_TYPE_PALETTE, .palette = {{9, 8, 7}, {1, 2, 3}}})),
              ElementsAre(1, 2, 3, 9, 8, 7));
}

// 16-bit values without gamma information are 257 times the 8-bit ones.
TEST(DecodeImage, SixteenBitsBecomeEight) {
  EXPECT_THAT(decoded_pixels(test::png_bytes(1, 1, {10, 10, 128, 128, 255, 255}, {.bit_depth = 16})),
              ElementsAre(10, 128, 255));
  EXPECT_THAT(decoded_pixels(test::png_bytes(1, 1, {77, 77}, {.color = PNG_COLOR_TYPE_GRAY, .bit_depth = 16})),
              ElementsAre(77, 77, 77));
}

TEST(DecodeImage, TransparentPixelsLieOnWhite) {
  const test::Bytes file = test::png_bytes(2, 1, {1, 2, 3, 0, 1, 2, 3, 255}, {.color = PNG_COLOR_TYPE_RGB_ALPHA});
  EXPECT_THAT(decoded_pixels(file), ElementsAre(255, 255, 255, 1, 2, 3));
}

// A smooth image changes by a few steps of 255. The gradient's third channel is replaced, since it wraps around.
TEST(DecodeImage, AJpegIsNearlyWhatWasWritten) {
  std::vector<std::uint8_t> pixels = test::gradient(40, 24);
  for (std::size_t i = 2; i < pixels.size(); i += 3) pixels[i] = 100;
  for (const int subsampling : {TJSAMP_444, TJSAMP_420}) {
    for (const int flags : {0, TJFLAG_PROGRESSIVE}) {
      const RgbImage image = decode_image(test::jpeg_bytes(40, 24, pixels, TJPF_RGB, subsampling, flags), "x");
      EXPECT_EQ(image.width, 40);
      EXPECT_EQ(image.height, 24);
      EXPECT_LE(largest_difference(image.pixels, pixels), 12);
    }
  }
  const std::vector<std::uint8_t> gray(64, 100), same(3 * 64, 100);
  EXPECT_LE(largest_difference(decoded_pixels(test::jpeg_bytes(8, 8, gray, TJPF_GRAY, TJSAMP_GRAY)), same), 1);
}

TEST(DecodeImage, FilesThatAreNotImagesAreRefusedWithAReason) {
  const test::TempDir dir;
  for (const test::BadImage& bad : test::write_unreadable_images(dir.path())) {
    const test::Bytes file = read_file(dir / bad.name);
    EXPECT_THAT([&] { decode_image(file, bad.name); },
                ThrowsMessage<Error>(AllOf(HasSubstr(bad.name), HasSubstr(bad.why))));
  }
}

TEST(DecodeImage, EveryCutIsRefused) {
  for (const test::Bytes& whole :
       {test::gradient_png(20, 10), test::gradient_jpeg(20, 10),
        test::jpeg_bytes(20, 10, test::gradient(20, 10), TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE)}) {
    ASSERT_NO_THROW(decode_image(whole, "x"));
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      EXPECT_THROW(decode_image(std::span(whole).first(bytes), "x"), Error) << "cut to " << bytes;
    }
  }
}

// The result is an image or an Error.
TEST(DecodeImage, SurvivesEveryFlippedByte) {
  for (const test::Bytes& whole :
       {test::gradient_png(20, 10), test::gradient_jpeg(20, 10),
        test::jpeg_bytes(20, 10, test::gradient(20, 10), TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE),
        test::png_bytes(2, 1, {1, 0}, {.color = PNG_COLOR_TYPE_PALETTE, .palette = {{9, 8, 7}, {1, 2, 3}}})}) {
    Philox random(1, Philox::Purpose::kTest);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      test::Bytes file = whole;
      file[at] ^= static_cast<std::byte>(1 + random.below(255));
      if (at % 3 == 0) file[random.below(static_cast<std::uint32_t>(file.size()))] ^= std::byte{0xFF};
      try {
        const RgbImage image = decode_image(file, "x");
        EXPECT_EQ(image.pixels.size(),
                  static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
      } catch (const Error&) {
      }
    }
  }
}

}  // namespace
}  // namespace stapes
