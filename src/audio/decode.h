// SPDX-License-Identifier: Apache-2.0
// decode.h: an audio file -> mono samples, block by block. Whatever libsndfile reads: WAV, FLAC, Ogg, MP3, ... at any
// rate and channel count. The kind of file is taken from its content, never from its name.
//
// Files are hostile: lengths in headers are not believed. Memory grows with what was really decoded, up to a limit.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"

namespace stapes {

inline constexpr double kMaxClipSeconds = 3600;
inline constexpr int kMinDecodeRateHz = 1000, kMaxDecodeRateHz = 1'000'000;

// Every Error names the file. Thrown by the constructors: missing, not a regular file, empty, not audio, a sample rate
// outside the range above, cut short. Thrown by next(): a sample that is NaN, infinite or beyond any scale, more than
// kMaxClipSeconds, cut short.
class AudioReader {
 public:
  explicit AudioReader(const std::filesystem::path& path);
  AudioReader(std::span<const std::byte> file, std::string name);  // borrows `file`; `name` is for messages
  ~AudioReader();
  AudioReader(const AudioReader&) = delete;
  AudioReader& operator=(const AudioReader&) = delete;

  int sample_rate_hz() const;
  int channels() const;

  // The next samples, the mean of all channels, full scale [-1, 1]; integer formats scale by 2^(bits-1). Empty at the
  // end. Valid until the next call.
  std::span<const float> next();

 private:
  struct Stream;
  void open(std::span<const std::byte> file);

  std::string name_;
  std::optional<MappedFile> mapped_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace stapes
