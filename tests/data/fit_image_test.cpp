// SPDX-License-Identifier: Apache-2.0
#include "data/images/fit_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "support/image_files.h"

namespace stapes {
namespace {

RgbImage image_of(int width, int height, const std::vector<std::uint8_t>& pixels) {
  return {.width = width, .height = height, .pixels = pixels};
}

RgbImage even_image(int width, int height, int value) {
  const std::size_t values = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  return image_of(width, height, std::vector<std::uint8_t>(values, static_cast<std::uint8_t>(value)));
}

int red_at(const RgbImage& image, int row, int column) {
  return image.pixels[static_cast<std::size_t>(row * image.width + column) * 3];
}

TEST(FitToSquare, TheRightSizeStaysAsItIs) {
  const auto pixels = test::gradient(32, 32);
  EXPECT_EQ(fit_to_square(image_of(32, 32, pixels), 32).pixels, pixels);
}

// Nothing is scaled. Of an odd remainder, less is cut at the start.
TEST(FitToSquare, OneSideTooLongIsCutOffAtBothEnds) {
  const RgbImage wide = image_of(13, 8, test::gradient(13, 8)), tall = image_of(8, 13, test::gradient(8, 13));
  const RgbImage from_wide = fit_to_square(wide, 8), from_tall = fit_to_square(tall, 8);
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      EXPECT_EQ(red_at(from_wide, row, column), red_at(wide, row, column + 2));
      EXPECT_EQ(red_at(from_tall, row, column), red_at(tall, row + 2, column));
    }
  }
}

TEST(FitToSquare, AnEvenSurfaceStaysEven) {
  for (const auto& [width, height] : {std::pair(1, 1), std::pair(3, 200), std::pair(640, 480), std::pair(31, 33)}) {
    for (const int value : {0, 1, 127, 255}) {
      for (const int side : {1, 32}) {
        EXPECT_EQ(fit_to_square(even_image(width, height, value), side).pixels, even_image(side, side, value).pixels);
      }
    }
  }
}

// Away from the edges, linear interpolation preserves a ramp. The tolerance covers rounding of the ramp (1) and the
// result (0.5) and slightly uneven taps. A shift by one pixel would be off by 8.
TEST(FitToSquare, ARampKeepsItsSlope) {
  for (const int length : {16, 48, 100, 320}) {
    std::vector<std::uint8_t> row, pixels;
    for (int x = 0; x < length; ++x) row.insert(row.end(), 3, static_cast<std::uint8_t>(255 * x / (length - 1)));
    for (int y = 0; y < length; ++y) pixels.insert(pixels.end(), row.begin(), row.end());
    const RgbImage fitted = fit_to_square(image_of(length, length, pixels), 32);
    for (int column = 3; column < 29; ++column) {
      const double x = (column + 0.5) * length / 32 - 0.5;
      EXPECT_NEAR(red_at(fitted, 16, column), 255 * x / (length - 1), 2) << length;
    }
  }
}

// Black and white stripes average to gray. Taking every tenth pixel would give black or white.
TEST(FitToSquare, FineStripesAverageOut) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 320; ++y) {
    for (int x = 0; x < 320; ++x) pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(x % 2 == 0 ? 255 : 0));
  }
  const RgbImage fitted = fit_to_square(image_of(320, 320, pixels), 32);
  for (int column = 1; column < 31; ++column) EXPECT_NEAR(red_at(fitted, 16, column), 127.5, 1.5);
}

TEST(FitToSquare, AnExtremeShapeIsNoTrouble) {
  for (const auto& [width, height] : {std::pair(1, 300000), std::pair(300000, 1)}) {
    EXPECT_EQ(fit_to_square(even_image(width, height, 9), 32).pixels, even_image(32, 32, 9).pixels);
  }
}

}  // namespace
}  // namespace stapes
