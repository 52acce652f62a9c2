// SPDX-License-Identifier: Apache-2.0
// front_end.h: runs the first convolutions on raw audio one output column at a time. This avoids a copy of the wave and
// the full outputs between these layers (hundreds of KiB).
//
// One pooled column of the last layer depends on a few positions of the layer before, and so on down to a short slice
// of the wave. Neighboring columns overlap by a few positions, which are computed twice: 3 of 103 in ACDNet. Every
// value is the same dot product as in a whole layer, so results are bit-identical.
//
// The front end is the longest run of convolutions, starting with layer 0, that
//   - have kernel height 1 on an input of height 1, no padding, and no pool over the height;
//   - pass their output only to the next one (the last may have any readers; tensor 0 is read once);
//   - end in a max-pool over the width that leaves at least two columns;
//   - compute little twice: a column repeats at most half as many MACs of the previous column as it adds. Without this
//     limit, long kernels after small pools would multiply the work;
//   - hold at most as many values at a time as a shorter run. With a large pool, the slice and its values can take more
//     memory than the saved output.
// The last two rules count MACs and values of any type, so a network has the same columns in every form. Exception: if
// the first convolution has no pool and a longer run does not pay off, the front end is the first two layers, even
// against the last three rules. Such models must remain streamable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "packed/shapes.h"
#include "runtime/conv_layer.h"
#include "runtime/layer_observer.h"

namespace stapes {

// A window of audio (`real` or `pcm`) or features (any of the three). The other pointers are null.
struct Wave {
  const float* real = nullptr;        // audio: full scale [-1, 1]
  const std::int16_t* pcm = nullptr;  // full scale [-32768, 32767]
  const std::int8_t* raw = nullptr;   // values of an int8 input tensor
};

// The format of the input tensor: kF32, kI16 (the PCM itself), or kI8 with the tensor's scale and zero point.
struct SampleFormat {
  fb::DType dtype;
  float scale = 1;
  std::int32_t zero_point = 0;
  bool features = false;  // not sound: real values of any magnitude
};
inline SampleFormat sample_format(const fb::Tensor& input) {
  return {input.dtype(), input.scale(), input.zero_point()};
}
inline SampleFormat sample_format(const fb::Model& model) {
  const fb::Tensor& input = *model.tensors()->Get(0);
  return {input.dtype(), input.scale(), input.zero_point(), model.features()};
}

// Converts a sample to 16-bit PCM: rounds halves away from zero, saturates, converts NaN to 0.
std::int16_t to_pcm(float sample) noexcept;

// Writes samples [first, first + count) in `format`.
void load_samples(const Wave& wave, std::size_t first, std::size_t count, const SampleFormat& format,
                  std::byte* out) noexcept;

// Limits the stack that bound kernels take.
inline constexpr std::size_t kMaxFrontEndLayers = 8;

// Sizes of one column. No sum overflows in a checked model: each window fits into its input (check_window()).
struct FrontEnd {
  std::size_t layers = 0;                                    // layers 0 .. layers - 1 of the model; 0: no front end
  std::int32_t wave_positions = 0;                           // length of a slice
  std::int64_t wave_step = 0;                                // from one column to the next
  std::array<std::int32_t, kMaxFrontEndLayers> positions{};  // of each layer's output, per column; last layer: 1
  std::int32_t columns = 0;                                  // the last layer's output width

  bool used() const { return layers > 0; }
  bool has(std::size_t layer) const { return layer < layers; }
  std::size_t last() const { return layers - 1; }
};
FrontEnd plan_front_end(const fb::Model& model) noexcept;

// Samples from one column to the next; hops are multiples of this. 0: cannot stream (no columns, or too far apart).
int step_samples(const fb::Model& model, const FrontEnd& plan) noexcept;

// A layer's shape for one column.
ConvShape front_end_shape(const fb::Model& model, const FrontEnd& plan, std::size_t layer) noexcept;

struct FrontEndBuffers {
  std::byte* slice = nullptr;                           // wave_positions of tensor 0
  std::array<std::byte*, kMaxFrontEndLayers> output{};  // positions[i] of layer i; all columns of the last
  // Each layer's memory and kernel for one column.
  std::array<std::byte*, kMaxFrontEndLayers> scratch{};
  std::array<LayerKernel, kMaxFrontEndLayers> kernel{};
};

// Computes one column from a filled slice.
class FrontEndColumn {
 public:
  FrontEndColumn(const fb::Model& model, const FrontEnd& plan, const FrontEndBuffers& buffers) noexcept;

  void run(std::int32_t column, LayerObserver* observer) noexcept;

 private:
  struct Step {
    std::optional<BoundConv> conv;
    std::byte* output = nullptr;
    std::size_t values = 0;  // of one column
  };

  const std::byte* slice_;
  std::size_t layers_;
  std::size_t column_bytes_;  // of the last layer's output
  std::array<Step, kMaxFrontEndLayers> steps_;
};

// All columns of a window.
void run_front_end(const fb::Model& model, const FrontEnd& plan, const Wave& wave, const FrontEndBuffers& buffers,
                   LayerObserver* observer) noexcept;

}  // namespace stapes
