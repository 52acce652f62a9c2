// SPDX-License-Identifier: Apache-2.0
// mix_at_snr.h: mixes a background into a sound at a given signal-to-noise ratio.
#pragma once

#include <span>

namespace stapes {

// With q = 10^(-snr_db / 10), and P and B the mean squares of sound and background:
//   sound = 1 / sqrt(1 + q),  background = sqrt(q P / B) / sqrt(1 + q)
// The mix is as loud as the sound, unless the two are correlated. If P or B is 0, the sound does not change.
struct SnrWeights {
  float sound, background;
};
SnrWeights snr_weights(double power, double background_power, double noise_to_signal);

// q = background power / sound power
double noise_to_signal(double snr_db);

double mean_square(std::span<const float> samples);  // 0 if empty

// Mixes into `sound`. Equal lengths.
void mix_at_snr(std::span<const float> background, double snr_db, std::span<float> sound);

}  // namespace stapes
