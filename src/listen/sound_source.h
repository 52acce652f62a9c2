// SPDX-License-Identifier: Apache-2.0
// sound_source.h: where the sound to listen to comes from: a file, a pipe or a microphone.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "audio/decode.h"

namespace stapes {

// Told in one line what went wrong and was survived.
using Notify = std::function<void(const std::string& notice)>;

class SoundSource {
 public:
  virtual ~SoundSource() = default;
  virtual int sample_rate_hz() const = 0;

  struct Block {
    std::span<const float> samples = {};  // mono, finite, around [-1, 1]; valid until the next call
    bool gap = false;                     // so much is missing before it that windows begin anew
    bool end = false;                     // there is no more; no samples
  };
  // Waits for sound. Throws Error where it cannot go on.
  virtual Block next() = 0;
};

// A recording of any length.
class FileSource final : public SoundSource {
 public:
  FileSource(const std::filesystem::path& path, Channel channel) : reader_(path, channel, /*max_seconds=*/1e9) {}
  int sample_rate_hz() const override { return reader_.sample_rate_hz(); }
  Block next() override {
    const std::span<const float> samples = reader_.next();
    return {.samples = samples, .end = samples.empty()};
  }
  const AudioReader& reader() const { return reader_; }

 private:
  AudioReader reader_;
};

}  // namespace stapes
