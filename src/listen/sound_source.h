// SPDX-License-Identifier: Apache-2.0
// sound_source.h: the interface of sound sources, and the source that reads a file.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "audio/decode.h"

namespace stapes {

// Receives a one-line warning.
using Notify = std::function<void(const std::string& notice)>;

class SoundSource {
 public:
  virtual ~SoundSource() = default;
  virtual int sample_rate_hz() const = 0;

  struct Block {
    std::span<const float> samples = {};  // mono, finite, nominally in [-1, 1]; valid until the next call
    bool gap = false;                     // sound is missing before `samples`; no window may span the gap
    bool end = false;                     // no more samples
  };
  // Waits for sound. Throws Error if it cannot continue.
  virtual Block next() = 0;
};

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
