// SPDX-License-Identifier: Apache-2.0
// sample_decoder.h: the common interface of the decoders, libsndfile and libmpg123.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audio/byte_source.h"
#include "audio/mpeg_frames.h"

namespace stapes {

class SampleDecoder {
 public:
  virtual ~SampleDecoder() = default;
  virtual int sample_rate_hz() const = 0;
  virtual int channels() const = 0;
  // Fills `interleaved` with whole frames of channels() samples, full scale [-1, 1]. Returns the number of frames, 0 at
  // the end. Throws Error naming the file.
  virtual std::size_t read(std::span<float> interleaved) = 0;
};

// Decodes all formats except MPEG audio. Throws Error if `file` is not audio; read() throws if `file` has fewer frames
// than declared. `file` and `name` must outlive the decoder.
std::unique_ptr<SampleDecoder> open_with_sndfile(const ByteSource& file, const std::string& name);

// Decodes all `frames` of MPEG audio, regardless of any Xing header. Removes the encoder's delay and padding only if
// the header declares the right number of frames.
std::unique_ptr<SampleDecoder> open_with_mpg123(const ByteSource& file, const std::string& name, MpegFrames frames);

}  // namespace stapes
