// SPDX-License-Identifier: Apache-2.0
// Folders of PNG and JPEG files, with or without a published split.
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/data_folder.h"
#include "data/data_set.h"
#include "data/decode_image.h"
#include "data/fit_image.h"
#include "data/folders.h"
#include "data/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxImageFileBytes = std::uint64_t{1} << 29;  // 2^26 pixels of 8 bytes, not compressed
constexpr const char *kTrainFolder = "train", *kTestFolder = "test";

std::vector<std::int16_t> load_image(const fs::path& file, int side) {
  const RgbImage image = fit_to_square(decode_image(read_file(file, kMaxImageFileBytes), file.string()), side);
  std::vector<std::int16_t> samples;
  for (const std::uint8_t pixel : image.pixels) samples.push_back(pixel_sample(pixel));
  return samples;
}

// A class is a class wherever it is: labels in the byte order of the names in both parts.
std::map<std::string, int> number_classes(const fs::path& dir) {
  std::map<std::string, int> label_of;
  for (const char* part : {kTrainFolder, kTestFolder}) {
    for (const fs::path& folder : class_folders(dir / part)) label_of.try_emplace(folder.filename().string(), 0);
  }
  int next = 0;
  for (auto& [name, label] : label_of) label = next++;
  return label_of;
}

ImportPlan plan_split(const fs::path& dir) {
  ImportPlan plan;
  plan.format = "images-split";
  for (const fs::path& folder : class_folders(dir)) {
    if (folder.filename() == kTrainFolder || folder.filename() == kTestFolder) continue;
    plan.warnings.push_back(
        fmt::format("folder {} is left out: beside train/ and test/ there are no classes", folder.filename().string()));
  }
  const std::map<std::string, int> label_of = number_classes(dir);
  for (const auto& [name, label] : label_of) plan.labels.push_back(name);
  for (const auto& [part, fold] : {std::pair(kTrainFolder, kTrainingPart), std::pair(kTestFolder, kTestPart)}) {
    for (const fs::path& folder : class_folders(dir / part)) {
      for (const fs::path& file : files_below(folder)) {
        const std::string name = file.lexically_relative(dir).generic_string();
        const int label = label_of.at(folder.filename().string());
        plan.clips.push_back({.info = {.name = name, .source = name, .label = label, .fold = fold}, .file = file});
      }
    }
  }
  if (plan.clips.empty()) throw Error("{} holds no files in train/CLASS/ and test/CLASS/", dir.string());
  return plan;
}

// One of the two alone may be a class of that name; with folders in it it is half a split.
void refuse_half_a_split(const fs::path& dir) {
  for (const auto& [there, missing] : {std::pair(kTrainFolder, kTestFolder), std::pair(kTestFolder, kTrainFolder)}) {
    if (!fs::is_directory(dir / there) || class_folders(dir / there).empty()) continue;
    throw Error("{} has {}/ with a folder per class but no {}/; expected both, or a folder per class and neither",
                dir.string(), there, missing);
  }
}

}  // namespace

bool has_train_and_test(const fs::path& dir) {
  return fs::is_directory(dir / kTrainFolder) && fs::is_directory(dir / kTestFolder);
}

ImportReport import_images(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  if (options.image_side < 1 || options.image_side > kMaxImageSide) {
    throw UsageError("images of {} pixels a side; expected 1 to {}", options.image_side, kMaxImageSide);
  }
  refuse_existing(out, options.existing);
  ImportPlan plan;
  if (has_train_and_test(dir)) {
    plan = plan_split(dir);
  } else {
    refuse_half_a_split(dir);
    plan = plan_class_folders(dir, options);
    plan.format = "images";
  }
  plan.image = ImageSize{options.image_side, options.image_side, 3};
  const auto load = [&](const ClipPlan& clip) { return load_image(clip.file, options.image_side); };
  return write_data_set(std::move(plan), load, out, options);
}

}  // namespace stapes
