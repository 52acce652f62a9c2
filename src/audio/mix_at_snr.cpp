// SPDX-License-Identifier: Apache-2.0
#include "audio/mix_at_snr.h"

#include <cmath>
#include <cstddef>

namespace stapes {

double noise_to_signal(double snr_db) { return std::pow(10.0, -snr_db / 10.0); }

SnrWeights snr_weights(double power, double background_power, double noise_to_signal) {
  if (!(power > 0 && background_power > 0)) return {1, 0};
  const double sound = 1.0 / std::sqrt(1.0 + noise_to_signal);
  return {static_cast<float>(sound), static_cast<float>(sound * std::sqrt(noise_to_signal * power / background_power))};
}

double mean_square(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples) sum += static_cast<double>(sample) * static_cast<double>(sample);
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

void mix_at_snr(std::span<const float> background, double snr_db, std::span<float> sound) {
  const SnrWeights weights = snr_weights(mean_square(sound), mean_square(background), noise_to_signal(snr_db));
  for (std::size_t i = 0; i < sound.size(); ++i) {
    sound[i] = weights.sound * sound[i] + weights.background * background[i];
  }
}

}  // namespace stapes
