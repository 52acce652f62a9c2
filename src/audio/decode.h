// SPDX-License-Identifier: Apache-2.0
// decode.h: decodes a sound file to mono samples, block by block. libmpg123 reads MPEG audio (MP3), libsndfile all
// other formats. Formats are recognized by content. Files are untrusted: a file with less data than declared is
// rejected (docs/guides/adding-a-data-set.md, "File formats"). Memory use is at most kDecodeBytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/byte_source.h"
#include "audio/mpeg_frames.h"

namespace stapes {

inline constexpr double kMaxClipSeconds = 3600;
inline constexpr int kMinDecodeRateHz = 1000, kMaxDecodeRateHz = 1'000'000;
inline constexpr float kLargestSample = 1e6f;                      // full scale is 1, or 32768 in unscaled float files
inline constexpr std::size_t kDecodeBytes = std::size_t{4} << 20;  // including the decoders' own memory

// `number` counts from 1; 0 is the mean of all channels.
struct Channel {
  int number = 0;
};

// Covers everything that next() has returned.
struct SourceLevels {
  double channel_power = 0;  // mean square of the loudest channel
  double mixed_power = 0;    // mean square of the mix
  bool constant = false;     // all samples from next() are equal
};

// Every Error names the file. Constructors throw for a file that is missing, not regular, empty, not audio or
// truncated, for a sample rate outside the range above, and for a missing channel. next() throws for a truncated file,
// for more than `max_seconds`, and for a sample that is NaN, infinite or beyond kLargestSample.
class AudioReader {
 public:
  explicit AudioReader(const std::filesystem::path& path, Channel channel = {}, double max_seconds = kMaxClipSeconds);
  AudioReader(std::span<const std::byte> file, std::string name, Channel channel = {});  // borrows `file`
  ~AudioReader();
  AudioReader(const AudioReader&) = delete;
  AudioReader& operator=(const AudioReader&) = delete;

  int sample_rate_hz() const;
  int channels() const;
  // Such as an unfinished header or bytes that are not audio; each names the file.
  const std::vector<std::string>& warnings() const;

  // The next samples, full scale [-1, 1]; integers are divided by 2^(bits-1). Empty at the end. Valid until the next
  // call.
  std::span<const float> next();
  SourceLevels levels() const;

 private:
  struct Stream;
  void open();
  void open_mpeg(std::optional<MpegFrames> frames);

  std::string name_;
  Channel channel_;
  double max_seconds_ = kMaxClipSeconds;
  std::unique_ptr<Stream> stream_;
};

}  // namespace stapes
