// SPDX-License-Identifier: Apache-2.0
#include "audio/loud_span.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace stapes {
namespace {

constexpr double kFrameSeconds = 0.03, kHopSeconds = 0.01;

std::size_t in_samples(double seconds, int sample_rate_hz) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(seconds * sample_rate_hz)));
}

// Cannot overflow: even at 1 MHz, a frame sums to less than 2^45.
std::uint64_t energy(std::span<const std::int16_t> frame) {
  std::uint64_t sum = 0;
  for (const std::int64_t sample : frame) sum += static_cast<std::uint64_t>(sample * sample);
  return sum;
}

}  // namespace

SampleSpan loud_span(std::span<const std::int16_t> samples, int sample_rate_hz, double below_loudest_db) {
  const std::size_t frame = in_samples(kFrameSeconds, sample_rate_hz), hop = in_samples(kHopSeconds, sample_rate_hz);
  if (samples.size() < frame) return {0, samples.size()};
  std::vector<std::uint64_t> energies;  // of the frame starting at i * hop
  for (std::size_t first = 0; first + frame <= samples.size(); first += hop) {
    energies.push_back(energy(samples.subspan(first, frame)));
  }
  const double loudest = static_cast<double>(*std::max_element(energies.begin(), energies.end()));
  if (loudest == 0) return {0, samples.size()};
  const double least = loudest * std::pow(10.0, -below_loudest_db / 10);
  const auto is_loud = [&](std::uint64_t energy) { return static_cast<double>(energy) >= least; };
  const auto first = std::find_if(energies.begin(), energies.end(), is_loud) - energies.begin();
  const auto behind_last = energies.rend() - std::find_if(energies.rbegin(), energies.rend(), is_loud);
  const std::size_t begin = static_cast<std::size_t>(first) * hop;
  return {begin, (static_cast<std::size_t>(behind_last) - 1) * hop + frame - begin};
}

}  // namespace stapes
