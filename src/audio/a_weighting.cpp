// SPDX-License-Identifier: Apache-2.0
#include "audio/a_weighting.h"

#include <kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace stapes {
namespace {

double a_weight_db(double hz) {
  const double f2 = hz == 0 ? 1.0 : hz * hz;
  const auto pole = [&](double corner_hz) { return std::log10(f2 + corner_hz * corner_hz); };
  const double a = 2.0 + 20.0 * (2.0 * std::log10(12194.0) + 2.0 * std::log10(f2) - pole(12194.0) - pole(20.6) -
                                 0.5 * pole(107.7) - 0.5 * pole(737.9));
  return std::max(a, kGainFloorDb);
}

double to_db(double energy) { return 10.0 * std::log10(std::max(energy, 1e-8)); }  // 1e-8 = -80 dB

}  // namespace

struct AWeighting::State {
  explicit State(int rate_hz) : sample_rate_hz(rate_hz), frame(rate_hz < 32000 ? 2048 : 4096) {
    fft.reset(kiss_fftr_alloc(static_cast<int>(frame), 0, nullptr, nullptr));
    hann.resize(frame);
    weights.resize(frame / 2 + 1);
    windowed.resize(frame);
    spectrum.resize(frame / 2 + 1);
    const double n = static_cast<double>(frame);
    for (std::size_t i = 0; i < frame; ++i) {
      hann[i] = static_cast<float>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * static_cast<double>(i) / n));
    }
    for (std::size_t k = 0; k < weights.size(); ++k) {
      weights[k] = static_cast<float>(std::pow(10.0, a_weight_db(static_cast<double>(k) * rate_hz / n) / 10.0));
    }
    // Parseval: sum of x^2 * n = |X_0|^2 + |X_{n/2}|^2 + 2 * the other |X_k|^2, k < n/2. The factor 1.001 covers
    // rounding.
    const float inner = *std::max_element(weights.begin() + 1, weights.end() - 1);
    const float largest = std::max({inner, 2 * weights.front(), 2 * weights.back()});
    energy_per_square = 1.001 * largest * n / 2;
  }

  std::size_t frames_in(std::size_t samples) const { return samples < frame ? 1 : (samples - frame) / (frame / 2) + 1; }

  std::span<const float> frame_at(std::span<const float> wave, std::size_t index) const {
    const std::size_t first = std::min(index * (frame / 2), wave.size());
    return wave.subspan(first, std::min(frame, wave.size() - first));
  }

  // An upper bound on frame_energy(part), about 20 times cheaper.
  double max_energy(std::span<const float> part) const {
    float sums[8] = {};
    const std::size_t whole = part.size() / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8) {
      for (std::size_t lane = 0; lane < 8; ++lane) {
        const float x = part[i + lane] * hann[i + lane];
        sums[lane] += x * x;
      }
    }
    for (std::size_t i = whole; i < part.size(); ++i) sums[0] += part[i] * hann[i] * part[i] * hann[i];
    double total = 0;
    for (const float sum : sums) total += sum;
    return total * energy_per_square;
  }

  double frame_energy(std::span<const float> part) {
    for (std::size_t i = 0; i < part.size(); ++i) windowed[i] = part[i] * hann[i];
    std::fill(windowed.begin() + static_cast<std::ptrdiff_t>(part.size()), windowed.end(), 0.0f);
    kiss_fftr(fft.get(), windowed.data(), spectrum.data());
    double sums[4] = {};
    const std::size_t whole = weights.size() / 4 * 4;
    const auto energy = [&](std::size_t k) {
      return static_cast<double>(weights[k] * (spectrum[k].r * spectrum[k].r + spectrum[k].i * spectrum[k].i));
    };
    for (std::size_t k = 0; k < whole; k += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += energy(k + lane);
    }
    for (std::size_t k = whole; k < weights.size(); ++k) sums[0] += energy(k);
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }

  struct FreeFft {
    void operator()(kiss_fftr_cfg config) const { kiss_fftr_free(config); }
  };
  int sample_rate_hz;
  std::size_t frame;
  std::unique_ptr<std::remove_pointer_t<kiss_fftr_cfg>, FreeFft> fft;
  std::vector<float> hann, weights, windowed;
  std::vector<kiss_fft_cpx> spectrum;
  double energy_per_square = 0;
  std::vector<std::pair<double, std::size_t>> candidates;  // upper bound, frame
};

AWeighting::AWeighting(int sample_rate_hz) : state_(std::make_unique<State>(sample_rate_hz)) {}
AWeighting::~AWeighting() = default;
AWeighting::AWeighting(AWeighting&&) noexcept = default;
AWeighting& AWeighting::operator=(AWeighting&&) noexcept = default;

int AWeighting::sample_rate_hz() const { return state_->sample_rate_hz; }
std::size_t AWeighting::frame_samples() const { return state_->frame; }

std::span<const float> AWeighting::window() const { return state_->hann; }
std::span<const float> AWeighting::weights() const { return state_->weights; }

std::vector<double> AWeighting::frame_gains_db(std::span<const float> wave) {
  std::vector<double> gains(state_->frames_in(wave.size()));
  for (std::size_t i = 0; i < gains.size(); ++i) gains[i] = to_db(state_->frame_energy(state_->frame_at(wave, i)));
  return gains;
}

double AWeighting::gain_db(std::span<const float> wave) {
  auto& candidates = state_->candidates;
  candidates.clear();
  for (std::size_t i = 0; i < state_->frames_in(wave.size()); ++i) {
    candidates.emplace_back(state_->max_energy(state_->frame_at(wave, i)), i);
  }
  // Sort by descending bound: once the best energy exceeds a bound, no later frame can be louder.
  std::sort(candidates.begin(), candidates.end(), std::greater<>());
  double best = 0;
  for (const auto& [bound, index] : candidates) {
    if (bound <= best) break;
    best = std::max(best, state_->frame_energy(state_->frame_at(wave, index)));
  }
  return to_db(best);
}

}  // namespace stapes
