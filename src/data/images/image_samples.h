// SPDX-License-Identifier: Apache-2.0
// image_samples.h: training samples of images, randomly shifted, flipped and rotated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/sample_source.h"

namespace stapes {

// The published augmentation for CIFAR.
struct ImageAugmentSpec {
  int pad = 4;                       // mid-gray border added before cropping
  double max_rotation_degrees = 15;  // angle ~ U(-max, max), about the center
  bool flip = true;                  // left-right, with probability 1/2
};

struct ImageDraw {
  std::size_t clip;  // index into ClipSet::clips
  int top, left;     // offset of the crop, -pad to pad
  bool flip;
  double rotation_degrees;  // > 0: counter-clockwise
};

// A sample is an image, cropped, then flipped, then rotated with bilinear interpolation. Padding and uncovered corners
// are 0, mid-gray. Each epoch has a new random order; sample i is clip order[i % clips].
class ImageSamples : public SampleSource {
 public:
  // The clips' DataSet must outlive this. Throws UsageError unless the clips are images of at least two classes,
  // 0 <= pad < shorter side, and the rotation is 0 to 180 degrees.
  ImageSamples(ClipSet clips, ImageAugmentSpec spec, std::uint64_t seed);

  const ImageAugmentSpec& spec() const { return spec_; }
  const ImageSize& image() const { return *clips().image; }
  std::size_t values_per_sample() const override { return static_cast<std::size_t>(image().values()); }

  ImageDraw draw(std::uint32_t epoch, std::uint32_t sample) const;

  // fill() writes
  //   values   [count][channels][height][width], sample / 32768: full scale [-1, 1)
  //   targets  [count][class_count], 1 at the image's class and 0 elsewhere

 private:
  void fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> planes,
                std::span<float> target) const override;

  ImageAugmentSpec spec_;
  std::uint64_t seed_;
};

}  // namespace stapes
