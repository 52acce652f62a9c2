// SPDX-License-Identifier: Apache-2.0
#include "audio/decode.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include "audio/sample_decoder.h"
#include "audio/sound_format.h"
#include "audio/whole_file.h"
#include "base/error.h"
#include "base/text.h"

namespace stapes {
namespace {

constexpr std::size_t kBlockValues = 1 << 16;  // samples of all channels together
// Some encoders count the frame that holds the Xing header, others do not.
constexpr std::uint64_t kFramesOfDoubt = 2;

std::string convert_it(const std::string& name) {
  return fmt::format("convert it: ffmpeg -i {} {}", shell_word(name), shell_word(name + ".wav"));
}

void judge_frames(const MpegFrames& frames, const std::string& name, std::vector<std::string>& warnings) {
  if (frames.too_many_runs) {
    throw Error("{} is damaged: its MPEG frames are scattered over more than {} pieces; {}", name, kMaxMpegRuns,
                convert_it(name));
  }
  const std::uint64_t promised = frames.promised_frames.value_or(frames.frame_count);
  if (promised > frames.frame_count + kFramesOfDoubt) {
    throw Error(
        "{} is cut short: its header declares {} MPEG frames, but there are only {}; copy it again from its source",
        name, promised, frames.frame_count);
  }
  if (promised + kFramesOfDoubt < frames.frame_count) {
    warnings.push_back(
        fmt::format("{} declares {} MPEG frames; all {} in the file were read", name, promised, frames.frame_count));
  }
  if (frames.skipped_bytes > 0) {
    warnings.push_back(
        fmt::format("{} is damaged: data between its MPEG frames ({} bytes) is not audio and was skipped", name,
                    frames.skipped_bytes));
  }
  if (frames.ends_inside_a_frame) {
    warnings.push_back(fmt::format("{} ends inside an MPEG frame: it may be cut short", name));
  }
}

}  // namespace

struct AudioReader::Stream {
  template <class Source>
  explicit Stream(const Source& source) : file(source) {}

  ByteSource file;
  std::unique_ptr<SampleDecoder> decoder;
  std::vector<std::string> warnings;
  std::uint64_t frames_read = 0;
  std::vector<float> interleaved;
  std::vector<float> mono;
  std::vector<double> channel_energy;  // sums of squares
  double mixed_energy = 0;
  float first_sample = 0;
  bool constant = true;
};

AudioReader::AudioReader(const std::filesystem::path& path, Channel channel, double max_seconds)
    : name_(path.string()), channel_(channel), max_seconds_(max_seconds), stream_(new Stream(path)) {
  open();
}

AudioReader::AudioReader(std::span<const std::byte> file, std::string name, Channel channel)
    : name_(std::move(name)), channel_(channel), stream_(new Stream(file)) {
  open();
}

AudioReader::~AudioReader() = default;

int AudioReader::sample_rate_hz() const { return stream_->decoder->sample_rate_hz(); }
int AudioReader::channels() const { return stream_->decoder->channels(); }
const std::vector<std::string>& AudioReader::warnings() const { return stream_->warnings; }

void AudioReader::open_mpeg(std::optional<MpegFrames> frames) {
  if (!frames) {
    throw Error(
        "cannot decode {}: it begins like MPEG audio, but no sequence of frames follows; expected MP1, MP2 or MP3 "
        "(free format is not supported); {}",
        name_, convert_it(name_));
  }
  judge_frames(*frames, name_, stream_->warnings);
  stream_->decoder = open_with_mpg123(stream_->file, name_, *std::move(frames));
}

void AudioReader::open() {
  ByteSource& file = stream_->file;
  if (file.size() == 0) throw Error("{} is empty: expected audio (WAV, FLAC, Ogg, MP3)", name_);
  if (const std::string_view format = unreadable_format(file); !format.empty()) {
    throw Error("cannot read {}: {} is not supported; expected WAV, FLAC, Ogg or MP3; {}", name_, format,
                convert_it(name_));
  }
  std::optional<MpegFrames> frames;
  if (!has_sndfile_signature(file)) frames = find_mpeg_frames(file, {0, file.size()});
  if (frames || begins_like_mpeg(file)) {
    open_mpeg(std::move(frames));
  } else {
    require_whole(file, name_, stream_->warnings);
    if (const std::optional<ByteRange> inside = mpeg_in_wav(file)) {
      open_mpeg(find_mpeg_frames(file, *inside));
    } else {
      stream_->decoder = open_with_sndfile(file, name_);
    }
  }
  if (sample_rate_hz() < kMinDecodeRateHz || sample_rate_hz() > kMaxDecodeRateHz || channels() < 1) {
    throw Error(
        "cannot decode {}: it declares {} Hz and a channel count of {}; expected {} to {} Hz and at least one channel",
        name_, sample_rate_hz(), channels(), kMinDecodeRateHz, kMaxDecodeRateHz);
  }
  if (channel_.number > channels()) {
    throw Error("{} has {} channel{}; expected at least {} for --channel {}", name_, channels(),
                channels() == 1 ? "" : "s", channel_.number, channel_.number);
  }
  const std::size_t channel_count = static_cast<std::size_t>(channels());
  const std::size_t block_frames = std::max<std::size_t>(1, kBlockValues / channel_count);
  stream_->interleaved.resize(block_frames * channel_count);
  stream_->mono.resize(block_frames);
  stream_->channel_energy.resize(channel_count);
}

std::span<const float> AudioReader::next() {
  Stream& s = *stream_;
  const std::size_t channel_count = s.channel_energy.size();
  const std::size_t frames = s.decoder->read(s.interleaved);
  for (std::size_t i = 0; i < frames; ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < channel_count; ++c) {
      const double value = s.interleaved[i * channel_count + c];
      if (!(std::abs(value) <= kLargestSample)) {
        throw Error("{} holds {} at sample {}; expected finite samples around [-1, 1]", name_, value,
                    s.frames_read + i);
      }
      s.channel_energy[c] += value * value;
      sum += value;
    }
    s.mono[i] = channel_.number > 0 ? s.interleaved[i * channel_count + static_cast<std::size_t>(channel_.number - 1)]
                                    : static_cast<float>(sum / static_cast<double>(channel_count));
    s.mixed_energy += static_cast<double>(s.mono[i]) * s.mono[i];
    if (s.frames_read + i == 0) s.first_sample = s.mono[i];
    s.constant = s.constant && s.mono[i] == s.first_sample;
  }
  s.frames_read += frames;
  if (static_cast<double>(s.frames_read) > max_seconds_ * sample_rate_hz()) {
    throw Error("{} is longer than {} seconds; cut it into clips first", name_, max_seconds_);
  }
  return {s.mono.data(), frames};
}

SourceLevels AudioReader::levels() const {
  const Stream& s = *stream_;
  if (s.frames_read == 0) return {};
  const double loudest = *std::max_element(s.channel_energy.begin(), s.channel_energy.end());
  const double samples = static_cast<double>(s.frames_read);
  return {.channel_power = loudest / samples, .mixed_power = s.mixed_energy / samples, .constant = s.constant};
}

}  // namespace stapes
