// SPDX-License-Identifier: Apache-2.0
// Folders of PNG and JPEG files, with or without a published split.
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/formats/folders.h"
#include "data/formats/import.h"
#include "data/images/decode_image.h"
#include "data/images/fit_image.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxImageFileBytes = std::uint64_t{1} << 29;  // 2^26 uncompressed pixels of 8 bytes

std::vector<std::int16_t> load_image(const fs::path& file, int side) {
  const RgbImage image = fit_to_square(decode_image(read_file(file, kMaxImageFileBytes), file.string()), side);
  std::vector<std::int16_t> samples;
  for (const std::uint8_t pixel : image.pixels) samples.push_back(pixel_sample(pixel));
  return samples;
}

}  // namespace

ImportReport import_images(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  if (options.image_side < 1 || options.image_side > kMaxImageSide) {
    throw UsageError("image side of {} pixels; expected 1 to {}", options.image_side, kMaxImageSide);
  }
  refuse_existing(out, options.existing);
  ImportPlan plan = plan_folders(dir, options, "images");
  plan.image = ImageSize{options.image_side, options.image_side, 3};
  const auto load = [&](const ClipPlan& clip) { return load_image(clip.file, options.image_side); };
  return write_data_set(std::move(plan), load, out, options);
}

}  // namespace stapes
