// SPDX-License-Identifier: Apache-2.0
// image_samples.h: training samples of images: each image once an epoch, shifted, mirrored and turned at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/sample_source.h"

namespace stapes {

// The published augmentation of CIFAR.
struct ImageAugmentSpec {
  int pad = 4;                       // pixels of mid-grey around the image before it is cropped to its own size
  double max_rotation_degrees = 15;  // by U(-max, max) about the centre
  bool flip = true;                  // left for right, every second time
};

// All that is drawn at random for one sample.
struct ImageDraw {
  std::size_t clip;  // index into ClipSet::clips
  int top, left;     // of the crop in the image, -pad to pad
  bool flip;
  double rotation_degrees;  // > 0: counter-clockwise
};

// A sample is one image, cropped, then flipped, then rotated: the order of the published training. Where the image has
// no pixel (the padding, and corners that a rotation uncovers) the sample is 0, mid-grey; between pixels it is
// bilinear. The epoch's clips come in an order of their own, each once; sample i is clip order[i % clips], so that a
// batch larger than the set goes round.
//
// Sample i of epoch e depends on (seed, e, i) and the clips alone.
class ImageSamples : public SampleSource {
 public:
  // The clips' DataSet must outlive this. Throws UsageError for clips that are no images or of fewer than two classes,
  // and for a padding outside 0 .. shorter side - 1 or a rotation outside 0 .. 180.
  ImageSamples(ClipSet clips, ImageAugmentSpec spec, std::uint64_t seed);

  const ImageAugmentSpec& spec() const { return spec_; }
  const ImageSize& image() const { return *clips().image; }
  std::size_t values_per_sample() const override { return static_cast<std::size_t>(image().values()); }

  // What sample `sample` of an epoch is made of.
  ImageDraw draw(std::uint32_t epoch, std::uint32_t sample) const;

  // fill() gives
  //   values   [count][channels][height][width], sample / 32768: full scale [-1, 1)
  //   targets  [count][class_count], 1 at the image's class and 0 elsewhere

 private:
  void fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> planes,
                std::span<float> target) const override;

  ImageAugmentSpec spec_;
  std::uint64_t seed_;
};

}  // namespace stapes
