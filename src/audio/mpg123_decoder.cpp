// SPDX-License-Identifier: Apache-2.0
#include <mpg123.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "audio/sample_decoder.h"
#include "base/error.h"

namespace stapes {
namespace {

constexpr std::size_t kFeedBytes = 1 << 14;

class Mpg123Decoder final : public SampleDecoder {
 public:
  Mpg123Decoder(const ByteSource& file, const std::string& name, MpegFrames frames)
      : file_(file), name_(name), frames_(std::move(frames)), at_(frames_.runs.front().begin), feed_(kFeedBytes) {
    static const int initialized = mpg123_init();
    int error = initialized;
    if (error == MPG123_OK) handle_ = mpg123_new(nullptr, &error);
    if (handle_ == nullptr) throw Error("cannot decode {}: libmpg123 says: {}", name_, mpg123_plain_strerror(error));
    const bool right = frames_.promised_frames == frames_.frame_count;
    mpg123_param(handle_, MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT, 0);
    if (!right) mpg123_param(handle_, MPG123_REMOVE_FLAGS, MPG123_GAPLESS, 0);
    mpg123_param(handle_, MPG123_RESYNC_LIMIT, -1, 0);
    mpg123_format_none(handle_);
    // A stream may switch between one and two channels; the output must not.
    mpg123_format(handle_, frames_.sample_rate_hz, frames_.channels == 1 ? MPG123_MONO : MPG123_STEREO,
                  MPG123_ENC_FLOAT_32);
    if (mpg123_open_feed(handle_) != MPG123_OK) fail();
  }
  ~Mpg123Decoder() override { mpg123_delete(handle_); }
  Mpg123Decoder(const Mpg123Decoder&) = delete;
  Mpg123Decoder& operator=(const Mpg123Decoder&) = delete;

  int sample_rate_hz() const override { return frames_.sample_rate_hz; }
  int channels() const override { return frames_.channels; }

  std::size_t read(std::span<float> interleaved) override {
    const auto to = std::as_writable_bytes(interleaved);
    std::size_t done = 0;
    while (done < to.size()) {
      std::size_t got = 0;
      const int status = mpg123_read(handle_, to.data() + done, to.size() - done, &got);
      done += got;
      if (status == MPG123_DONE || (status == MPG123_NEED_MORE && !feed())) break;
      if (status != MPG123_OK && status != MPG123_NEED_MORE && status != MPG123_NEW_FORMAT) fail();
    }
    return done / sizeof(float) / static_cast<std::size_t>(frames_.channels);
  }

 private:
  [[noreturn]] void fail() const {
    throw Error("cannot decode {}: libmpg123 says: {}", name_, mpg123_strerror(handle_));
  }

  // Feeds libmpg123 the next bytes; false at the end of the frames.
  bool feed() {
    if (at_ == frames_.runs[run_].end && run_ + 1 < frames_.runs.size()) at_ = frames_.runs[++run_].begin;
    const std::uint64_t left = frames_.runs[run_].end - at_;
    if (left == 0) return false;
    const std::size_t got =
        file_.read(at_, std::span(feed_).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, feed_.size()))));
    if (mpg123_feed(handle_, reinterpret_cast<const unsigned char*>(feed_.data()), got) != MPG123_OK) fail();
    at_ += got;
    return got > 0;
  }

  const ByteSource& file_;
  const std::string& name_;
  MpegFrames frames_;
  std::size_t run_ = 0;
  std::uint64_t at_;
  std::vector<std::byte> feed_;
  mpg123_handle* handle_ = nullptr;
};

}  // namespace

std::unique_ptr<SampleDecoder> open_with_mpg123(const ByteSource& file, const std::string& name, MpegFrames frames) {
  return std::make_unique<Mpg123Decoder>(file, name, std::move(frames));
}

}  // namespace stapes
