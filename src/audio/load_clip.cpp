// SPDX-License-Identifier: Apache-2.0
#include "audio/load_clip.h"

#include "audio/pcm16.h"
#include "audio/resample.h"
#include "base/error.h"

namespace stapes {

std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz) {
  Resampler resampler(reader.sample_rate_hz(), sample_rate_hz);
  std::vector<std::int16_t> clip;
  std::vector<float> block;
  const auto append = [&] {
    for (const float sample : block) clip.push_back(to_pcm16(sample));
    block.clear();
  };
  std::size_t decoded = 0;
  for (auto samples = reader.next(); !samples.empty(); samples = reader.next()) {
    decoded += samples.size();
    resampler.process(samples, block);
    append();
  }
  if (decoded == 0) throw Error("{} holds no samples", name);
  resampler.finish(block);
  append();
  if (clip.empty()) {
    throw Error("{} is too short: its {} samples at {} Hz are less than one at {} Hz", name, decoded,
                reader.sample_rate_hz(), sample_rate_hz);
  }
  const auto inner = trimmed(clip);
  return inner.empty() ? clip : std::vector<std::int16_t>(inner.begin(), inner.end());
}

std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz) {
  AudioReader reader(path);
  return load_clip(reader, path.string(), sample_rate_hz);
}

}  // namespace stapes
