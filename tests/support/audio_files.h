// SPDX-License-Identifier: Apache-2.0
// audio_files.h: made-up sound, written with libsndfile.
#pragma once

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <vector>

namespace stapes::test {

inline constexpr int kWav16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
inline constexpr int kWavFloat = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
inline constexpr int kFlac = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
inline constexpr int kOgg = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
inline constexpr int kMp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;

// `interleaved`: frames of `channels` samples, full scale [-1, 1].
inline void write_audio(const std::filesystem::path& path, const std::vector<float>& interleaved, int sample_rate_hz,
                        int channels = 1, int format = kWav16) {
  std::filesystem::create_directories(path.parent_path());
  SF_INFO info{};
  info.samplerate = sample_rate_hz;
  info.channels = channels;
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (file == nullptr) throw std::runtime_error(path.string() + ": " + sf_strerror(nullptr));
  const auto values = static_cast<sf_count_t>(interleaved.size());
  bool whole = true;
  if ((format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16) {  // converted here, since libsndfile scales by 32767
    std::vector<short> pcm;
    for (const float x : interleaved) pcm.push_back(static_cast<short>(std::lrint(std::min(x * 32768, 32767.0f))));
    whole = sf_write_short(file, pcm.data(), values) == values;
  } else {
    whole = sf_write_float(file, interleaved.data(), values) == values;
  }
  if (sf_close(file) != 0 || !whole) throw std::runtime_error("cannot write " + path.string());
}

inline std::vector<float> sine(std::size_t samples, double hz, int sample_rate_hz, double amplitude = 0.5) {
  std::vector<float> wave(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * hz * static_cast<double>(i) / sample_rate_hz;
    wave[i] = static_cast<float>(amplitude * std::sin(phase));
  }
  return wave;
}

}  // namespace stapes::test
