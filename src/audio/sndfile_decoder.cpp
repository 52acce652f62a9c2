// SPDX-License-Identifier: Apache-2.0
#include <sndfile.h>

#include <exception>
#include <limits>
#include <mutex>

#include "audio/sample_decoder.h"
#include "base/error.h"

namespace stapes {
namespace {

struct OpenFile {
  const ByteSource& bytes;
  std::uint64_t at = 0;
  std::exception_ptr failure;  // kept because exceptions must not pass through C
};

sf_count_t file_length(void* user) { return static_cast<sf_count_t>(static_cast<OpenFile*>(user)->bytes.size()); }

sf_count_t file_tell(void* user) { return static_cast<sf_count_t>(static_cast<OpenFile*>(user)->at); }

sf_count_t file_seek(sf_count_t offset, int whence, void* user) {
  auto& file = *static_cast<OpenFile*>(user);
  const sf_count_t length = file_length(user);
  const sf_count_t origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file_tell(user) : length;
  // A forged offset may have any value: avoid sums that could overflow.
  file.at = static_cast<std::uint64_t>(offset < -origin ? 0 : offset > length - origin ? length : origin + offset);
  return file_tell(user);
}

sf_count_t file_read(void* to, sf_count_t count, void* user) {
  auto& file = *static_cast<OpenFile*>(user);
  if (count <= 0) return 0;
  std::size_t got = 0;
  try {
    got = file.bytes.read(file.at, {static_cast<std::byte*>(to), static_cast<std::size_t>(count)});
  } catch (...) {
    file.failure = std::current_exception();
  }
  file.at += got;
  return static_cast<sf_count_t>(got);
}

sf_count_t file_write(const void*, sf_count_t, void*) { return 0; }

std::string reason_not_opened() {
  static std::mutex mutex;  // libsndfile stores the reason for a failed open globally
  const std::lock_guard lock(mutex);
  std::string reason = sf_strerror(nullptr);
  while (!reason.empty() && (reason.back() == '.' || reason.back() == '\n')) reason.pop_back();
  return reason;
}

class SndfileDecoder final : public SampleDecoder {
 public:
  SndfileDecoder(const ByteSource& bytes, const std::string& name) : file_{.bytes = bytes, .failure = {}}, name_(name) {
    handle_ = sf_open_virtual(&io_, SFM_READ, &info_, &file_);
    if (handle_ == nullptr) {
      throw Error("cannot decode {}: expected audio (WAV, FLAC, Ogg, MP3); libsndfile says: {}", name_,
                  reason_not_opened());
    }
  }
  ~SndfileDecoder() override { sf_close(handle_); }
  SndfileDecoder(const SndfileDecoder&) = delete;
  SndfileDecoder& operator=(const SndfileDecoder&) = delete;

  int sample_rate_hz() const override { return info_.samplerate; }
  int channels() const override { return info_.channels; }

  std::size_t read(std::span<float> interleaved) override {
    const auto room = static_cast<sf_count_t>(interleaved.size()) / info_.channels;
    const sf_count_t got = sf_readf_float(handle_, interleaved.data(), room);
    if (file_.failure) std::rethrow_exception(file_.failure);
    if (got > 0) {
      frames_read_ += got;
      return static_cast<std::size_t>(got);
    }
    if (sf_error(handle_) != SF_ERR_NO_ERROR) {
      throw Error("cannot decode {} past sample {}: {}", name_, frames_read_, sf_strerror(handle_));
    }
    if (promises_length() && frames_read_ < info_.frames) {
      throw Error("{} is cut short: {} of {} samples could be decoded", name_, frames_read_, info_.frames);
    }
    return 0;
  }

 private:
  // Ogg counts samples from the start of the recording, which may precede this file. libsndfile reports the largest
  // integer for FLAC of unknown length. whole_file.h checks the ends of both formats.
  bool promises_length() const {
    return (info_.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_OGG &&
           info_.frames != std::numeric_limits<sf_count_t>::max();
  }

  OpenFile file_;
  const std::string& name_;
  SF_VIRTUAL_IO io_{file_length, file_seek, file_read, file_write, file_tell};
  SF_INFO info_{};
  SNDFILE* handle_ = nullptr;
  sf_count_t frames_read_ = 0;
};

}  // namespace

std::unique_ptr<SampleDecoder> open_with_sndfile(const ByteSource& file, const std::string& name) {
  return std::make_unique<SndfileDecoder>(file, name);
}

}  // namespace stapes
