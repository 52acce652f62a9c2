// SPDX-License-Identifier: Apache-2.0
#include "audio/resample.h"

#include <soxr.h>

#include <cstddef>

#include "base/error.h"

namespace stapes {

struct Resampler::State {
  soxr_t soxr = nullptr;
  double ratio = 1;  // samples out per sample in

  ~State() { soxr_delete(soxr); }

  // `in` empty = the end of the input.
  void run(std::span<const float> in, std::vector<float>& out) {
    const bool last = in.empty();
    std::size_t produced = 0, capacity = 0;
    do {
      capacity = static_cast<std::size_t>(static_cast<double>(in.size()) * ratio) + 4096;
      const std::size_t before = out.size();
      out.resize(before + capacity);
      std::size_t consumed = 0;
      const soxr_error_t error = soxr_process(soxr, last ? nullptr : in.data(), in.size(), &consumed,
                                              out.data() + before, capacity, &produced);
      out.resize(before + produced);
      if (error != nullptr) throw Error("resampling failed: {}", error);
      in = in.subspan(last ? 0 : consumed);
    } while (last ? produced == capacity : !in.empty());
  }
};

Resampler::Resampler(int from_hz, int to_hz) {
  if (from_hz == to_hz) return;
  state_ = std::make_unique<State>();
  state_->ratio = static_cast<double>(to_hz) / from_hz;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_runtime_spec_t one_thread = soxr_runtime_spec(1);
  soxr_error_t error = nullptr;
  state_->soxr = soxr_create(from_hz, to_hz, 1, &error, &io, &quality, &one_thread);
  if (error != nullptr) throw Error("cannot resample from {} to {} Hz: {}", from_hz, to_hz, error);
}

Resampler::~Resampler() = default;

void Resampler::process(std::span<const float> in, std::vector<float>& out) {
  if (in.empty()) return;  // soxr treats an empty block as the end
  if (state_) {
    state_->run(in, out);
  } else {
    out.insert(out.end(), in.begin(), in.end());
  }
}

void Resampler::finish(std::vector<float>& out) {
  if (state_) state_->run({}, out);
}

}  // namespace stapes
