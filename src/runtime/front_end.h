// SPDX-License-Identifier: Apache-2.0
// front_end.h: the first two convolutions of raw audio, one output column at a time, so that neither a copy of the wave
// nor the full output of the first (hundreds of KiB) ever exists.
//
// One pooled column of layer 1 sees pool_w positions of layer 1, these see (pool_w - 1) * stride + kernel positions of
// layer 0, and these a short slice of the wave. Neighbouring columns overlap by a few positions of layer 0, which are
// computed twice: 3 of 103 in ACDNet. Every value is the same dot product as in one piece, so the bits are the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "packed/shapes.h"
#include "runtime/conv_layer.h"
#include "runtime/layer_observer.h"

namespace stapes {

// A window of audio in one of the two forms; the other is null.
struct Wave {
  const float* real = nullptr;        // full scale [-1, 1]
  const std::int16_t* pcm = nullptr;  // full scale [-32768, 32767]
};

// What the input tensor holds: kF32, kI16 (the PCM itself), or kI8 with the tensor's scale and zero point.
struct SampleFormat {
  fb::DType dtype;
  float scale = 1;
  std::int32_t zero_point = 0;
};
inline SampleFormat sample_format(const fb::Tensor& input) {
  return {input.dtype(), input.scale(), input.zero_point()};
}

// Writes samples [first, first + count) in that format.
void load_samples(const Wave& wave, std::size_t first, std::size_t count, const SampleFormat& format,
                  std::byte* out) noexcept;

// Sizes of one column; all 0 when the model does not begin with two convolutions of height 1 without padding.
struct FrontEnd {
  std::int32_t wave_positions = 0;  // of the input tensor
  std::int64_t wave_step = 0;       // from one column to the next
  std::int32_t conv_positions = 0;  // of layer 0's output
  std::int32_t columns = 0;         // layer 1's output width

  bool used() const { return columns > 0; }
};
FrontEnd plan_front_end(const fb::Model& model) noexcept;

// Samples from one column to the next, which a hop is a multiple of. 0: no columns, or too far apart for a hop.
int step_samples(const fb::Model& model, const FrontEnd& plan) noexcept;

// The shapes in which layers 0 and 1 are run: one column.
std::array<ConvShape, 2> front_end_shapes(const fb::Model& model, const FrontEnd& plan) noexcept;

struct FrontEndBuffers {
  std::byte* slice;                   // wave_positions of tensor 0
  std::byte* column;                  // conv_positions of layer 0's output
  std::byte* output;                  // all of layer 1's output
  std::array<std::byte*, 2> scratch;  // of the two layers, in the shapes of a column
  std::array<LayerKernel, 2> kernels;
};

// Computes one column from a filled slice.
class FrontEndColumn {
 public:
  FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const FrontEndBuffers& buffers) noexcept;

  // Writes column number `column` of buffers.output.
  void run(std::int32_t column, LayerObserver* observer) noexcept;

 private:
  FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const std::array<ConvShape, 2>& shapes,
                 const FrontEndBuffers& buffers) noexcept;

  FrontEndBuffers buffers_;
  std::size_t output_bytes_;                 // of one column
  std::size_t conv_values_, output_values_;  // of one column of layers 0 and 1
  BoundConv conv0_, conv1_;
};

// All columns of a window.
void run_front_end(const fb::Model& model, const FrontEnd& plan, const Wave& wave, const FrontEndBuffers& buffers,
                   LayerObserver* observer) noexcept;

}  // namespace stapes
