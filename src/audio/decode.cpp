// SPDX-License-Identifier: Apache-2.0
#include "audio/decode.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>

#include "audio/whole_file.h"
#include "base/error.h"

namespace stapes {

// What libsndfile reads from: a file in memory.
struct FileInMemory {
  std::span<const std::byte> file;
  std::size_t at = 0;
};

namespace {

constexpr std::size_t kBlockValues = 1 << 16;  // samples of all channels together
// Float files hold +-1, or +-32768 when somebody forgot to scale; beyond this a sum could overflow in the resampler.
constexpr double kLargestSample = 1e6;

sf_count_t memory_length(void* user) { return static_cast<sf_count_t>(static_cast<FileInMemory*>(user)->file.size()); }

sf_count_t memory_tell(void* user) { return static_cast<sf_count_t>(static_cast<FileInMemory*>(user)->at); }

sf_count_t memory_seek(sf_count_t offset, int whence, void* user) {
  auto& memory = *static_cast<FileInMemory*>(user);
  const sf_count_t length = memory_length(user);
  const sf_count_t origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory_tell(user) : length;
  // A forged offset may be anything: no sum that could overflow.
  memory.at = static_cast<std::size_t>(offset < -origin ? 0 : offset > length - origin ? length : origin + offset);
  return memory_tell(user);
}

sf_count_t memory_read(void* to, sf_count_t count, void* user) {
  auto& memory = *static_cast<FileInMemory*>(user);
  if (count <= 0) return 0;
  const std::size_t n = std::min(static_cast<std::size_t>(count), memory.file.size() - memory.at);
  if (n > 0) std::memcpy(to, memory.file.data() + memory.at, n);
  memory.at += n;
  return static_cast<sf_count_t>(n);
}

sf_count_t memory_write(const void*, sf_count_t, void*) { return 0; }

std::string reason_not_opened() {
  static std::mutex mutex;  // libsndfile keeps the reason of a failed open in one place for all threads
  const std::lock_guard lock(mutex);
  std::string reason = sf_strerror(nullptr);
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return reason;
}

}  // namespace

struct AudioReader::Stream {
  FileInMemory memory;
  SF_VIRTUAL_IO io{memory_length, memory_seek, memory_read, memory_write, memory_tell};
  SF_INFO info{};
  SNDFILE* file = nullptr;
  std::uint64_t frames_read = 0;
  std::vector<float> interleaved;
  std::vector<float> mono;

  ~Stream() {
    if (file != nullptr) sf_close(file);
  }
  // MP3 carries no dependable length; for the others this is what the header or the last page says.
  bool promises_length() const { return (info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG; }
};

AudioReader::AudioReader(const std::filesystem::path& path) : name_(path.string()) {
  // Asked before opening: opening a named pipe would wait for a writer.
  std::error_code ignored;
  if (std::filesystem::is_fifo(path, ignored)) throw Error("{} is not a regular file", name_);
  open(mapped_.emplace(path).bytes());
}

AudioReader::AudioReader(std::span<const std::byte> file, std::string name) : name_(std::move(name)) { open(file); }

AudioReader::~AudioReader() = default;

int AudioReader::sample_rate_hz() const { return stream_->info.samplerate; }
int AudioReader::channels() const { return stream_->info.channels; }

void AudioReader::open(std::span<const std::byte> file) {
  if (file.empty()) throw Error("{} is empty: expected audio (WAV, FLAC, Ogg, MP3)", name_);
  if (is_cut_short(file)) throw Error("{} is cut short: it ends before the samples its header promises", name_);
  stream_ = std::make_unique<Stream>();
  stream_->memory.file = file;
  stream_->file = sf_open_virtual(&stream_->io, SFM_READ, &stream_->info, &stream_->memory);
  if (stream_->file == nullptr) {
    throw Error("cannot decode {}: expected audio (WAV, FLAC, Ogg, MP3); libsndfile says: {}", name_,
                reason_not_opened());
  }
  const SF_INFO& info = stream_->info;
  if (info.samplerate < kMinDecodeRateHz || info.samplerate > kMaxDecodeRateHz || info.channels < 1) {
    throw Error("cannot decode {}: it claims {} Hz and {} channels; expected {} to {} Hz and at least one channel",
                name_, info.samplerate, info.channels, kMinDecodeRateHz, kMaxDecodeRateHz);
  }
  const std::size_t channel_count = static_cast<std::size_t>(info.channels);
  const std::size_t frames = std::max<std::size_t>(1, kBlockValues / channel_count);
  stream_->interleaved.resize(frames * channel_count);
  stream_->mono.resize(frames);
}

std::span<const float> AudioReader::next() {
  Stream& s = *stream_;
  const std::size_t channel_count = static_cast<std::size_t>(s.info.channels);
  const sf_count_t got =
      sf_readf_float(s.file, s.interleaved.data(), static_cast<sf_count_t>(s.interleaved.size() / channel_count));
  if (got <= 0) {
    if (sf_error(s.file) != SF_ERR_NO_ERROR) {
      throw Error("cannot decode {} past sample {}: {}", name_, s.frames_read, sf_strerror(s.file));
    }
    if (s.promises_length() && s.frames_read < static_cast<std::uint64_t>(std::max<sf_count_t>(0, s.info.frames))) {
      throw Error("{} is cut short: {} of {} samples could be decoded", name_, s.frames_read, s.info.frames);
    }
    return {};
  }
  const std::size_t frames = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < frames; ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < channel_count; ++c) {
      const double value = s.interleaved[i * channel_count + c];
      if (!(std::abs(value) <= kLargestSample)) {
        throw Error("{} holds {} at sample {}; expected finite samples around [-1, 1]", name_, value,
                    s.frames_read + i);
      }
      sum += value;
    }
    s.mono[i] = static_cast<float>(sum / static_cast<double>(channel_count));
  }
  s.frames_read += frames;
  if (static_cast<double>(s.frames_read) > kMaxClipSeconds * s.info.samplerate) {
    throw Error("{} is longer than {} seconds; cut it into clips first", name_, kMaxClipSeconds);
  }
  return {s.mono.data(), frames};
}

}  // namespace stapes
