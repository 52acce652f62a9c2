// SPDX-License-Identifier: Apache-2.0
#include "listen/pipe_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace stapes {
namespace {

constexpr std::size_t kPipeBytes = 1 << 16;

std::size_t sample_bytes(SampleEncoding encoding) {
  return encoding == SampleEncoding::kS16 ? 2 : encoding == SampleEncoding::kS24 ? 3 : 4;
}

}  // namespace

PipeSource::PipeSource(int descriptor, std::string name, PcmFormat format, Channel channel, Notify notify,
                       std::function<bool()> stop)
    : descriptor_(descriptor),
      name_(std::move(name)),
      format_(format),
      channel_(channel),
      notify_(std::move(notify)),
      stop_(std::move(stop)) {
  if (channel.number > format.channels) {
    throw Error("{} has {} channel{}; expected at least {} for --channel {}; for more channels, set --channels", name_,
                format.channels, format.channels == 1 ? "" : "s", channel.number, channel.number);
  }
  bytes_.resize(kPipeBytes - kPipeBytes % frame_bytes() + frame_bytes());
}

std::size_t PipeSource::frame_bytes() const {
  return sample_bytes(format_.encoding) * static_cast<std::size_t>(format_.channels);
}

std::size_t PipeSource::read_more() {
  while (true) {
    const ssize_t got = ::read(descriptor_, bytes_.data() + filled_, bytes_.size() - filled_);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw Error("cannot read {}: {}", name_, std::strerror(errno));
    if (stop_()) return 0;
  }
}

// Rejects sound files: their headers would be read as samples.
void PipeSource::refuse_file_header() const {
  const auto begins = [&](std::string_view magic) { return std::memcmp(bytes_.data(), magic.data(), 4) == 0; };
  if (filled_ < 4 || !(begins("RIFF") || begins("fLaC") || begins("OggS") || begins("RF64"))) return;
  throw Error(
      "{} is a sound file; expected raw samples; name the file instead of -, or convert it: sox FILE -t raw -e signed "
      "-b 16 -",
      name_);
}

float PipeSource::sample_at(std::size_t byte) {
  const auto b = [&](std::size_t i) { return static_cast<std::uint32_t>(bytes_[byte + i]); };
  switch (format_.encoding) {
    case SampleEncoding::kS16:
      return static_cast<float>(static_cast<std::int16_t>(b(0) | b(1) << 8)) / 32768.0f;
    case SampleEncoding::kS24:
      return static_cast<float>(static_cast<std::int32_t>(b(0) << 8 | b(1) << 16 | b(2) << 24)) / 2147483648.0f;
    case SampleEncoding::kS32:
    case SampleEncoding::kF32:
      break;
  }
  const std::uint32_t word = b(0) | b(1) << 8 | b(2) << 16 | b(3) << 24;
  if (format_.encoding == SampleEncoding::kS32) {
    return static_cast<float>(static_cast<std::int32_t>(word)) / 2147483648.0f;
  }
  const float value = std::bit_cast<float>(word);
  if (std::abs(value) <= kLargestSample) return value;
  if (!std::exchange(reported_, true)) {
    notify_(
        fmt::format("{} holds {}; expected finite samples around [-1, 1]; invalid samples count as 0", name_, value));
  }
  return 0;
}

SoundSource::Block PipeSource::next() {
  const std::size_t got = read_more();
  filled_ += got;
  if (!std::exchange(begun_, true)) refuse_file_header();
  if (got == 0) {
    if (filled_ > 0) notify_(fmt::format("{} ends in the middle of a sample; bytes ignored: {}", name_, filled_));
    filled_ = 0;
    return {.end = true};
  }
  const std::size_t frames = filled_ / frame_bytes(), each = sample_bytes(format_.encoding);
  const auto channels = static_cast<std::size_t>(format_.channels);
  mono_.resize(frames);
  for (std::size_t i = 0; i < frames; ++i) {
    double sum = 0;
    float chosen = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      const float sample = sample_at(i * frame_bytes() + c * each);
      sum += sample;
      if (static_cast<int>(c) + 1 == channel_.number) chosen = sample;
    }
    mono_[i] = channel_.number > 0 ? chosen : static_cast<float>(sum / static_cast<double>(channels));
  }
  const std::size_t used = frames * frame_bytes();
  std::memmove(bytes_.data(), bytes_.data() + used, filled_ - used);
  filled_ -= used;
  return {.samples = mono_};
}

}  // namespace stapes
