// SPDX-License-Identifier: Apache-2.0
// data_set.h: a memory-mapped data set of sounds, images (image_size.h) or features (feature_size.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/feature_size.h"
#include "base/files.h"
#include "base/image_size.h"
#include "data/clip_kind.h"

namespace stapes {

// Folds of a published split. Without one, any fold may be the test fold.
inline constexpr int kTestPart = 1, kTrainingPart = 2, kValidationPart = 3;

bool is_published_split(std::string_view format);

// Borrows from the DataSet.
struct ClipView {
  // Sound: mono, full scale int16, at the data set's sample rate; never empty. Image: [height][width][channels], each
  // sample (p - 128) * 256 for pixel value p in 0..255. Features: empty.
  std::span<const std::int16_t> samples;
  std::span<const float> features = {};  // [height][width][channels]; empty for sound and images
  int label = 0;                         // index into the labels of the set
  int fold = 0;                          // 1, 2, ...
  std::string_view name = {};            // unique in the data set
  std::string_view source = {};          // recording or voice; belongs in one fold
};

// Selected clips with renumbered labels. The DataSet must outlive it.
struct ClipSet {
  std::vector<ClipView> clips;
  std::vector<std::string> labels;
  int sample_rate_hz = 0;                    // 0 for images and features
  bool published_split = false;              // folds are kTestPart, ...
  std::optional<ImageSize> image = {};       // empty for sound and features
  std::optional<FeatureSize> features = {};  // empty for sound and images

  InputKind kind() const { return kind_of(image, features); }
};

class DataSet {
 public:
  // Checks the header and the index but does not read the samples. Throws Error naming the file and the problem.
  explicit DataSet(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  int sample_rate_hz() const { return sample_rate_hz_; }                    // 0 for images and features
  const std::optional<ImageSize>& image() const { return image_; }          // empty for sound and features
  const std::optional<FeatureSize>& features() const { return features_; }  // empty for sound and images
  InputKind kind() const { return kind_of(image_, features_); }
  const std::vector<std::string>& labels() const { return labels_; }
  const std::vector<ClipView>& clips() const { return clips_; }
  std::string format() const { return format_; }  // "esc50", "folders", "cifar10", ...
  bool published_split() const;                   // folds are kTestPart, ...
  std::string hash() const;                       // 16 hex digits; covers samples, names, labels, folds and kind

  // Compares all samples with the hashes in the index. Throws Error naming a clip that is damaged or holds a NaN or an
  // infinity. `threads` 0 = all.
  void check_samples(int threads = 0) const;
  std::uint64_t clip_hash(std::size_t clip) const { return clip_hashes_[clip]; }  // equal for equal samples

 private:
  void read_index(std::span<const std::byte> payload, std::span<const std::int16_t> samples);

  std::filesystem::path path_;
  MappedFile file_;
  int sample_rate_hz_ = 0;
  std::optional<ImageSize> image_;
  std::optional<FeatureSize> features_;
  std::string format_;
  std::vector<std::string> labels_;
  std::vector<ClipView> clips_;
  std::vector<std::uint64_t> clip_hashes_;
  std::uint64_t hash_ = 0;
};

}  // namespace stapes
