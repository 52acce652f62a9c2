// SPDX-License-Identifier: Apache-2.0
// pipe_source.h: raw PCM from a file descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/names.h"
#include "listen/sound_source.h"

namespace stapes {

enum class SampleEncoding { kS16, kS24, kS32, kF32 };  // little-endian
template <>
inline constexpr auto kNames<SampleEncoding> = std::to_array<Named<SampleEncoding>>({
    {SampleEncoding::kS16, "s16"},
    {SampleEncoding::kS24, "s24"},
    {SampleEncoding::kS32, "s32"},
    {SampleEncoding::kF32, "f32"},
});

struct PcmFormat {
  int sample_rate_hz = 0;
  int channels = 1;
  SampleEncoding encoding = SampleEncoding::kS16;
};

// Floats that are infinite, NaN or far beyond full scale count as 0 and are reported once. An incomplete last frame is
// reported and dropped. Ends early if `stop` returns true after a signal.
class PipeSource final : public SoundSource {
 public:
  // Throws Error if the format lacks the channel.
  PipeSource(int descriptor, std::string name, PcmFormat format, Channel channel, Notify notify,
             std::function<bool()> stop);
  int sample_rate_hz() const override { return format_.sample_rate_hz; }
  Block next() override;

 private:
  std::size_t frame_bytes() const;
  std::size_t read_more();  // bytes; 0 at the end
  float sample_at(std::size_t byte);
  void refuse_file_header() const;

  int descriptor_;
  std::string name_;
  PcmFormat format_;
  Channel channel_;
  Notify notify_;
  std::function<bool()> stop_;
  bool begun_ = false, reported_ = false;
  std::vector<unsigned char> bytes_;
  std::size_t filled_ = 0;  // of bytes_
  std::vector<float> mono_;
};

}  // namespace stapes
