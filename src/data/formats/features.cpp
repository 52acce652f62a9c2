// SPDX-License-Identifier: Apache-2.0
// Features in NumPy arrays: one file per clip, or all clips in one array.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "data/class_names.h"
#include "data/features/feature_values.h"
#include "data/features/npy.h"
#include "data/formats/data_folder.h"
#include "data/formats/folders.h"
#include "data/formats/import.h"
#include "packed/limits.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char *kFeaturesArray = "features.npy", *kLabelsArray = "labels.npy", *kFoldsArray = "folds.npy",
                     *kSourcesArray = "sources.npy", *kClassesFile = "classes.txt";
constexpr std::uint64_t kMaxClipFileBytes = kMaxFeatureValues * sizeof(float) + (1 << 20);  // plus a header

FeatureSize size_of_clip(std::span<const std::size_t> shape, bool channels_first, const std::string& name) {
  if (shape.empty() || shape.size() > 3) {
    throw Error("{} has {} dimensions per clip; expected 1 to 3: {}", name, shape.size(),
                channels_first ? "channels, height, width" : "height, width, channels");
  }
  std::uint64_t values = 1;
  for (const std::size_t axis : shape) values *= std::min<std::uint64_t>(axis, kMaxFeatureValues + 1);
  if (values > kMaxFeatureValues) {
    throw Error("{} has clips of {} values; expected at most {}", name, fmt::join(shape, " x "), kMaxFeatureValues);
  }
  const auto axis = [&](std::size_t i) { return static_cast<int>(shape[i]); };
  if (shape.size() == 1) return {1, axis(0), 1};
  if (shape.size() == 2) return {axis(0), axis(1), 1};
  return channels_first ? FeatureSize{axis(1), axis(2), axis(0)} : FeatureSize{axis(0), axis(1), axis(2)};
}

// Throws Error if any value is not finite.
std::vector<std::int16_t> stored_values(std::span<const std::byte> bytes, const FeatureSize& size, bool channels_first,
                                        const std::string& name) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  const auto broken = std::ranges::count_if(values, [](float value) { return !std::isfinite(value); });
  if (broken > 0) {
    throw Error("{} holds {} NaN or infinite value{}; expected finite values", name, broken, broken == 1 ? "" : "s");
  }
  if (!channels_first) return halves_of(values);
  std::vector<float> last(values.size());
  from_planes(values, size, last);
  return halves_of(last);
}

// ---- one file per clip

struct ClipFile {
  explicit ClipFile(const fs::path& file, bool channels_first)
      : bytes(read_file(file, kMaxClipFileBytes)), array(read_npy(bytes, file.string())) {
    require_float32(array, file.string());
    size = size_of_clip(array.shape, channels_first, file.string());
  }
  std::vector<std::byte> bytes;
  NpyArray array;
  FeatureSize size;
};

// The size and the file of the first readable clip.
std::pair<FeatureSize, fs::path> first_size(const ImportPlan& plan, bool channels_first) {
  std::string first_failure;
  for (const ClipPlan& clip : plan.clips) {
    try {
      return {ClipFile(clip.file, channels_first).size, clip.file};
    } catch (const Error& error) {
      if (first_failure.empty()) first_failure = error.what();
    }
  }
  throw Error("0 of {} files are float32 arrays; the first failure: {}", plan.clips.size(), first_failure);
}

ImportReport import_clip_files(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  ImportPlan plan = plan_folders(dir, options, "features");
  const auto [size, first] = first_size(plan, options.channels_first);
  plan.features = size;
  const auto load = [&, size = size, first = first](const ClipPlan& clip) {
    const ClipFile file(clip.file, options.channels_first);
    if (file.size != size) {
      throw Error("{} is {}; expected {}, like {}", clip.file.string(), to_text(file.size), to_text(size),
                  first.string());
    }
    return stored_values(file.array.values, size, options.channels_first, clip.file.string());
  };
  return write_data_set(std::move(plan), load, out, options);
}

// ---- all clips in one array

// One number per clip.
std::vector<int> numbers_in(const fs::path& file, std::size_t clips, int low, int high) {
  const MappedFile mapped(file);
  const NpyArray array = read_npy(mapped.bytes(), file.string());
  std::vector<int> numbers = whole_numbers(array, file.string(), low, high);
  if (numbers.size() != clips) {
    throw Error("{} has {} number{}; expected {}, one per row of {}", file.string(), numbers.size(),
                numbers.size() == 1 ? "" : "s", clips, kFeaturesArray);
  }
  return numbers;
}

std::vector<std::string> class_names(const fs::path& dir, const std::vector<int>& labels) {
  const int classes = *std::ranges::max_element(labels) + 1;
  const fs::path file = dir / kClassesFile;
  if (is_there(file)) return read_class_names(file, classes);
  std::vector<std::string> names;
  for (int i = 0; i < classes; ++i) names.push_back(fmt::format("class_{}", i));
  return names;
}

void refuse_options_of_files(const ImportOptions& options, const fs::path& dir, bool has_folds) {
  if (!options.folders.source_pattern.empty() || !options.folders.source_table.empty()) {
    throw UsageError("--source-pattern and --sources need one file per clip; {} has arrays: write {} instead",
                     dir.string(), kSourcesArray);
  }
  if (has_folds && options.folders.folds) {
    throw UsageError("--folds assigns clips to folds, but {} already does; leave one of them out",
                     (dir / kFoldsArray).string());
  }
}

ImportReport import_arrays(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  const fs::path path = dir / kFeaturesArray;
  const bool has_folds = is_there(dir / kFoldsArray), has_sources = is_there(dir / kSourcesArray);
  refuse_options_of_files(options, dir, has_folds);
  const MappedFile mapped(path);
  const NpyArray array = read_npy(mapped.bytes(), path.string());
  require_float32(array, path.string());
  const std::size_t clips = array.shape.empty() ? 0 : array.shape.front();
  if (clips == 0) throw Error("{} holds a single value; expected one row per clip", path.string());
  const FeatureSize size = size_of_clip(std::span(array.shape).subspan(1), options.channels_first, path.string());

  ImportPlan plan{.format = "features-arrays", .labels = {}, .clips = {}, .skipped = {}, .keep_empty_labels = true};
  const std::vector<int> labels = numbers_in(dir / kLabelsArray, clips, 0, kMaxLabels - 1);
  plan.labels = class_names(dir, labels);
  plan.name_remedy = "correct it in " + (dir / kClassesFile).string();
  plan.features = size;
  std::vector<int> folds(clips, 1), sources;
  if (has_folds) folds = numbers_in(dir / kFoldsArray, clips, 1, kMaxFolds);
  if (has_sources) sources = numbers_in(dir / kSourcesArray, clips, 0, std::numeric_limits<int>::max());
  for (std::size_t i = 0; i < clips; ++i) {
    const std::string name = fmt::format("{:05}", i);
    const std::string source = has_sources ? fmt::format("source {}", sources[i]) : name;
    plan.clips.push_back(
        {.info = {.name = name, .source = source, .label = labels[i], .fold = folds[i]}, .file = path, .number = i});
  }
  if (!has_folds) deal_folds(plan, options);
  const std::size_t bytes = static_cast<std::size_t>(size.values()) * sizeof(float);
  const auto load = [&](const ClipPlan& clip) {
    return stored_values(array.values.subspan(clip.number * bytes, bytes), size, options.channels_first,
                         fmt::format("{}: row {} (counting from 0)", path.string(), clip.number));
  };
  return write_data_set(std::move(plan), load, out, options);
}

}  // namespace

ImportReport import_features(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  return is_there(dir / kFeaturesArray) ? import_arrays(dir, out, options) : import_clip_files(dir, out, options);
}

}  // namespace stapes
