// SPDX-License-Identifier: Apache-2.0
// a_weighting.h: the loudness of a wave: the largest A-weighted energy of its frames.
//   frame energy = sum over k of |rfft(hann * frame)[k]|^2 * 10^(A(f_k) / 10)
//   gain_db      = 10 log10(max over frames), at least -80
// Frames have frame_samples() samples and a hop of half that. The rule is from arXiv:1711.10282, A(f) from IEC 61672.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace stapes {

inline constexpr double kGainFloorDb = -80;

// Not thread-safe: use one object per thread.
class AWeighting {
 public:
  explicit AWeighting(int sample_rate_hz);
  ~AWeighting();
  AWeighting(AWeighting&&) noexcept;
  AWeighting& operator=(AWeighting&&) noexcept;

  int sample_rate_hz() const;
  std::size_t frame_samples() const;  // 2048 below 32 kHz, otherwise 4096

  std::span<const float> window() const;   // hann, [frame_samples()]
  std::span<const float> weights() const;  // 10^(A(f_k) / 10), [frame_samples() / 2 + 1]

  // The energy of each frame in dB, at least -80. `wave`: full scale [-1, 1]; padded with zeros if shorter than a
  // frame.
  std::vector<double> frame_gains_db(std::span<const float> wave);
  // Equals the maximum of frame_gains_db(wave) but skips most transforms.
  double gain_db(std::span<const float> wave);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stapes
