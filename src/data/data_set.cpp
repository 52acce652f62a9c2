// SPDX-License-Identifier: Apache-2.0
#include "data/data_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <unordered_set>

#include "base/error.h"
#include "base/parallel.h"
#include "data/data_set_file.h"

namespace stapes {
namespace {

constexpr const char* kAdvice = "import it again";

// Throws unless the file begins with a header whose sizes fit.
DataHeader checked_header(const std::filesystem::path& path, std::span<const std::byte> file) {
  DataHeader header{};
  if (file.size() >= sizeof header) std::memcpy(&header, file.data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != kDataContainer.magic) {
    throw Error("{} is not a data set: make one with `stapes data import` or `stapes data keywords`", path.string());
  }
  if (header.version > kDataContainer.version) {
    throw Error("{} is a data set of format version {}; expected at most {}; use a newer Stapes, or {}", path.string(),
                header.version, kDataContainer.version, kAdvice);
  }
  if (header_crc(header) != header.crc) {
    throw Error("{} is damaged: the checksum of its header does not match; {}", path.string(), kAdvice);
  }
  const std::uint64_t room = file.size() - kDataHeaderBytes;
  if (header.sample_bytes > room || header.sample_bytes % sizeof(std::int16_t) != 0 ||
      index_offset(header.sample_bytes) > file.size()) {
    throw Error("{} is cut short: its header declares {} bytes of samples, but {} bytes follow; {}", path.string(),
                header.sample_bytes, room, kAdvice);
  }
  return header;
}

// Empty unless the index holds images. `refuse` throws.
template <class Refuse>
std::optional<ImageSize> checked_image_size(const data::fb::Index& index, const Refuse& refuse) {
  const std::uint32_t height = index.image_height(), width = index.image_width(), channels = index.image_channels();
  if (height == 0 && width == 0 && channels == 0) return std::nullopt;
  const auto fits = [](std::uint32_t side) { return side >= 1 && side <= kMaxImageSide; };
  if (!fits(height) || !fits(width) || (channels != 1 && channels != 3)) {
    refuse(fmt::format("unsupported images of {} x {} pixels with {} channels", width, height, channels));
  }
  return ImageSize{static_cast<int>(height), static_cast<int>(width), static_cast<int>(channels)};
}

// Empty unless the index holds features. `refuse` throws.
template <class Refuse>
std::optional<FeatureSize> checked_feature_size(const data::fb::Index& index, const Refuse& refuse) {
  const std::uint64_t height = index.feature_height(), width = index.feature_width();
  const std::uint64_t channels = index.feature_channels();
  if (height == 0 && width == 0 && channels == 0) return std::nullopt;
  constexpr std::uint64_t kMax = kMaxFeatureValues;
  const bool fits = height >= 1 && height <= kMax && width >= 1 && width <= kMax && channels >= 1 && channels <= kMax &&
                    height * width <= kMax && height * width * channels <= kMax;
  if (!fits) refuse(fmt::format("unsupported features of {} x {} x {}", height, width, channels));
  return FeatureSize{static_cast<int>(height), static_cast<int>(width), static_cast<int>(channels)};
}

// Sound has a sample rate; images and features have none.
template <class Refuse>
void check_rate(std::uint32_t rate, InputKind kind, const Refuse& refuse) {
  const bool sound = kind == InputKind::kSound;
  if (sound && (rate < 1 || rate > 1'000'000)) refuse(fmt::format("unsupported sample rate of {} Hz", rate));
  if (!sound && rate != 0) refuse(fmt::format("{} with a sample rate of {} Hz", plural_of(kind), rate));
}

// The file stores float32 as pairs of int16.
template <class Refuse>
std::span<const float> values_of_features(std::span<const std::int16_t> samples, std::uint64_t first_sample,
                                          const FeatureSize& size, std::string_view name, const Refuse& refuse) {
  constexpr std::uint64_t kHalves = sizeof(float) / sizeof(std::int16_t);
  const auto values = static_cast<std::uint64_t>(size.values());
  if (samples.size() != values * kHalves || first_sample % kHalves != 0) {
    refuse(fmt::format("clip {} does not have {} float32 values", name, values));
  }
  return {reinterpret_cast<const float*>(samples.data()), values};  // aligned: samples start at byte 64
}

}  // namespace

bool is_published_split(std::string_view format) {
  constexpr std::string_view kPublished[] = {"audioevent",   "speech-commands", "cifar10",       "cifar100",
                                             "images-split", "folders-split",   "features-split"};
  return std::find(std::begin(kPublished), std::end(kPublished), format) != std::end(kPublished);
}

DataSet::DataSet(const std::filesystem::path& path) : path_(path), file_(path) {
  const std::span<const std::byte> file = file_.bytes();
  const DataHeader header = checked_header(path, file);
  std::span<const std::byte> payload;
  const std::uint64_t at = index_offset(header.sample_bytes);
  for (std::uint64_t i = kDataHeaderBytes + header.sample_bytes; i < at; ++i) {
    if (file[i] != std::byte{0}) throw Error("{} is damaged between samples and index; {}", path.string(), kAdvice);
  }
  const Status status = open_container(file.subspan(at), kDataIndexContainer, payload);
  if (status == Status::kNotAModel) throw Error("{} is cut short or damaged in its index; {}", path.string(), kAdvice);
  if (status != Status::kOk) {
    throw Error("{} is damaged: the checksum of its index does not match; {}", path.string(), kAdvice);
  }
  // The mapping is page-aligned and samples start at byte 64: usable in place.
  const auto* samples = reinterpret_cast<const std::int16_t*>(file.data() + kDataHeaderBytes);
  read_index(payload, {samples, header.sample_bytes / sizeof(std::int16_t)});
}

void DataSet::read_index(std::span<const std::byte> payload, std::span<const std::int16_t> samples) {
  const auto refuse = [&](const std::string& why) {
    throw Error("{} has a broken index: {}; {}", path_.string(), why, kAdvice);
  };
  if (payload.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) refuse("larger than 2 GiB");
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(payload.data());
  // A table takes at least 8 bytes; the limit on tables only stops endless loops.
  flatbuffers::Verifier verifier(bytes, payload.size(), 8, static_cast<flatbuffers::uoffset_t>(payload.size() / 8 + 1));
  if (!data::fb::VerifyIndexBuffer(verifier)) refuse("its structure is invalid");
  const data::fb::Index& index = *data::fb::GetIndex(bytes);

  image_ = checked_image_size(index, refuse);
  features_ = checked_feature_size(index, refuse);
  if (image_ && features_) refuse("it declares both images and features");
  check_rate(index.sample_rate_hz(), kind(), refuse);
  sample_rate_hz_ = static_cast<int>(index.sample_rate_hz());
  format_ = index.format()->str();
  hash_ = index.hash();
  for (const auto* label : *index.labels()) labels_.push_back(label->str());

  std::unordered_set<std::string_view> names;
  for (const auto* clip : *index.clips()) {
    const std::string_view name(clip->name()->c_str(), clip->name()->size());
    if (clip->label() >= labels_.size()) refuse(fmt::format("clip {} has the unknown label {}", name, clip->label()));
    if (clip->fold() < 1 || clip->fold() > 1'000'000)
      refuse(fmt::format("clip {} has the unknown fold {}", name, clip->fold()));
    if (published_split() && clip->fold() > kValidationPart) {
      refuse(fmt::format("clip {} is in part {} of a split into test, training and validation", name, clip->fold()));
    }
    if (clip->first_sample() > samples.size() || clip->sample_count() > samples.size() - clip->first_sample() ||
        clip->sample_count() < 1) {
      refuse(fmt::format("the samples of clip {} are not in the file", name));
    }
    if (image_ && clip->sample_count() != static_cast<std::uint64_t>(image_->values())) {
      refuse(
          fmt::format("clip {} has {} samples, but its image needs {}", name, clip->sample_count(), image_->values()));
    }
    if (!names.insert(name).second) refuse(fmt::format("two clips are named {}", name));
    std::span<const std::int16_t> own = samples.subspan(clip->first_sample(), clip->sample_count());
    std::span<const float> values;
    if (features_) {
      values = values_of_features(own, clip->first_sample(), *features_, name, refuse);
      own = {};
    }
    clips_.push_back({.samples = own,
                      .features = values,
                      .label = static_cast<int>(clip->label()),
                      .fold = static_cast<int>(clip->fold()),
                      .name = name,
                      .source = {clip->source()->c_str(), clip->source()->size()}});
    clip_hashes_.push_back(clip->hash());
  }
}

bool DataSet::published_split() const { return is_published_split(format_); }

std::string DataSet::hash() const { return fmt::format("{:016x}", hash_); }

void DataSet::check_samples(int threads) const {
  parallel_for(clips_.size(), threads, [&](std::size_t i) {
    const ClipView& clip = clips_[i];
    const auto bytes = features_ ? std::as_bytes(clip.features) : std::as_bytes(clip.samples);
    if (content_hash(bytes) != clip_hashes_[i]) {
      throw Error("{} is damaged: the samples of clip {} do not match their hash; {}", path_.string(), clip.name,
                  kAdvice);
    }
    if (!std::ranges::all_of(clip.features, [](float value) { return std::isfinite(value); })) {
      throw Error("{}: clip {} holds a NaN or an infinity; {}", path_.string(), clip.name, kAdvice);
    }
  });
}

}  // namespace stapes
