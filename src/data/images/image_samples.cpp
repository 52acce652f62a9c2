// SPDX-License-Identifier: Apache-2.0
#include "data/images/image_samples.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
#include "data/shuffled_index.h"

namespace stapes {
namespace {

// [channel][1 + height + 1][1 + width + 1]: with a zero border, so that bilinear taps need no bounds checks.
class BorderedPlanes {
 public:
  void resize(const ImageSize& size) {
    height_ = static_cast<std::size_t>(size.height);
    width_ = static_cast<std::size_t>(size.width);
    values_.assign(static_cast<std::size_t>(size.channels) * plane_values(), 0.0f);
  }
  std::size_t stride() const { return width_ + 2; }
  std::size_t plane_values() const { return (height_ + 2) * stride(); }
  // Index of a pixel; row or column -1 is the border.
  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row + 1) * stride() + static_cast<std::size_t>(column + 1);
  }
  float* plane(std::size_t channel) { return values_.data() + channel * plane_values(); }

 private:
  std::size_t height_ = 0, width_ = 0;
  std::vector<float> values_;
};

BorderedPlanes& thread_planes() {
  static thread_local BorderedPlanes planes;
  return planes;
}

// Crops the padded image and mirrors it if draw.flip is set.
void crop_and_flip(std::span<const std::int16_t> pixels, const ImageSize& size, const ImageDraw& draw,
                   BorderedPlanes& planes) {
  planes.resize(size);
  const int first_row = std::max(0, -draw.top), last_row = std::min(size.height, size.height - draw.top);
  const int first_column = std::max(0, -draw.left), last_column = std::min(size.width, size.width - draw.left);
  for (int channel = 0; channel < size.channels; ++channel) {
    float* plane = planes.plane(static_cast<std::size_t>(channel));
    for (int row = first_row; row < last_row; ++row) {
      for (int column = first_column; column < last_column; ++column) {
        const int from = ((row + draw.top) * size.width + column + draw.left) * size.channels + channel;
        const int to = draw.flip ? size.width - 1 - column : column;
        plane[planes.index(row, to)] = static_cast<float>(pixels[static_cast<std::size_t>(from)]) / 32768.0f;
      }
    }
  }
}

// out(x, y) = planes at (x, y) rotated back about the center c of the image:
//   x' = c_x + (x - c_x) cos a - (y - c_y) sin a     y' = c_y + (x - c_x) sin a + (y - c_y) cos a
// Rows count downwards, so the content turns counter-clockwise for a > 0.
void rotate_planes(BorderedPlanes& planes, const ImageSize& size, double degrees, std::span<float> out) {
  const double angle = degrees * std::numbers::pi / 180.0, sine = std::sin(angle), cosine = std::cos(angle);
  const double center_x = (size.width - 1) / 2.0, center_y = (size.height - 1) / 2.0;
  const std::size_t area = static_cast<std::size_t>(size.height) * static_cast<std::size_t>(size.width);
  std::size_t at = 0;
  for (int row = 0; row < size.height; ++row) {
    for (int column = 0; column < size.width; ++column, ++at) {
      const double dx = column - center_x, dy = row - center_y;
      const double x = center_x + dx * cosine - dy * sine, y = center_y + dx * sine + dy * cosine;
      const bool inside = x > -1 && x < size.width && y > -1 && y < size.height;
      const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
      const float right_share = static_cast<float>(x - left), lower_share = static_cast<float>(y - top);
      for (std::size_t channel = 0; channel < static_cast<std::size_t>(size.channels); ++channel) {
        float value = 0;
        if (inside) {
          const float* tap = planes.plane(channel) + planes.index(top, left);
          const float upper = tap[0] + right_share * (tap[1] - tap[0]);
          const float* below = tap + planes.stride();
          const float lower = below[0] + right_share * (below[1] - below[0]);
          value = upper + lower_share * (lower - upper);
        }
        out[channel * area + at] = value;
      }
    }
  }
}

}  // namespace

ImageSamples::ImageSamples(ClipSet clips, ImageAugmentSpec spec, std::uint64_t seed)
    : SampleSource(std::move(clips)), spec_(spec), seed_(seed) {
  if (!this->clips().image) {
    throw UsageError("this data set holds {}; expected images to train on", plural_of(this->clips().kind()));
  }
  const int side = std::min(image().height, image().width);
  if (spec.pad < 0 || spec.pad >= side) {
    throw UsageError("padding of {} pixels is out of range; expected 0 to {} for images of {} x {}", spec.pad, side - 1,
                     image().width, image().height);
  }
  if (!(spec.max_rotation_degrees >= 0 && spec.max_rotation_degrees <= 180)) {
    throw UsageError("largest rotation of {} degrees is out of range; expected 0 to 180", spec.max_rotation_degrees);
  }
}

ImageDraw ImageSamples::draw(std::uint32_t epoch, std::uint32_t sample) const {
  const auto count = static_cast<std::uint32_t>(clips().clips.size());
  Philox random(seed_, Philox::Purpose::kAugment, epoch, sample);
  const auto places = static_cast<std::uint32_t>(2 * spec_.pad + 1);
  ImageDraw draw{};  // separate statements, since the order of draws must not change
  draw.clip = shuffled_index(sample % count, count, seed_, epoch);
  draw.top = static_cast<int>(random.below(places)) - spec_.pad;
  draw.left = static_cast<int>(random.below(places)) - spec_.pad;
  draw.flip = random.uniform() < 0.5 && spec_.flip;
  draw.rotation_degrees = random.uniform(-spec_.max_rotation_degrees, spec_.max_rotation_degrees);
  return draw;
}

void ImageSamples::fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> planes,
                            std::span<float> target) const {
  const ImageDraw draw = this->draw(epoch, sample);
  const ClipView& clip = clips().clips[draw.clip];
  BorderedPlanes& bordered = thread_planes();
  crop_and_flip(clip.samples, image(), draw, bordered);
  rotate_planes(bordered, image(), draw.rotation_degrees, planes);
  std::fill(target.begin(), target.end(), 0.0f);
  target[static_cast<std::size_t>(clip.label)] = 1.0f;
}

}  // namespace stapes
