// SPDX-License-Identifier: Apache-2.0
#include "train/modules/row_conv.h"

#include <algorithm>
#include <vector>

#include "train/modules/row_products.h"
#include "train/readable_floats.h"
#include "train/threads.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::size_t kTile = 512;  // outputs per tile: its data fits the L1 cache
static_assert(kTile % kRowBlock == 0);

std::size_t round_up(std::size_t value, std::size_t step) { return (value + step - 1) / step * step; }

struct RowShape {
  std::size_t in_channels, filters, kernel, stride, row, outputs;

  RowShape(at::IntArrayRef x, at::IntArrayRef weight, std::int64_t step)
      : in_channels(static_cast<std::size_t>(x[1])),
        filters(static_cast<std::size_t>(weight[0])),
        kernel(static_cast<std::size_t>(weight[3])),
        stride(static_cast<std::size_t>(step)),
        row(static_cast<std::size_t>(x[3])),
        outputs((row - kernel) / stride + 1) {}

  std::size_t taps() const { return (kernel + stride - 1) / stride; }  // of one phase, at most
  std::size_t terms() const { return in_channels * kernel; }
  std::size_t padded_filters() const { return round_up(filters, kFilterBlock); }
  std::size_t padded_channels() const { return round_up(in_channels, kFilterBlock); }
  std::size_t phase_values() const { return (row + stride - 1) / stride; }
};

// One tile of the input as `stride` rows per channel: phase p holds the samples p, p + stride, ..., so that taps read
// consecutive values.
class Phases {
 public:
  explicit Phases(const RowShape& shape)
      : shape_(shape), length_(kTile + shape.taps()), values_(shape.in_channels * shape.stride * length_) {
    for (std::size_t c = 0; c < shape.in_channels; ++c) {
      for (std::size_t k = 0; k < shape.kernel; ++k) {
        terms_.push_back(phase(c, k % shape.stride) + k / shape.stride);
      }
    }
  }

  // Pads with zeros beyond the row.
  void fill(const float* x, std::size_t first_output) {
    for (std::size_t c = 0; c < shape_.in_channels; ++c) {
      const float* row = x + c * shape_.row;
      for (std::size_t p = 0; p < shape_.stride; ++p) {
        float* out = phase(c, p);
        const std::size_t start = first_output * shape_.stride + p;
        const std::size_t left = start < shape_.row ? (shape_.row - start - 1) / shape_.stride + 1 : 0;
        const std::size_t count = std::min(length_, left);
        for (std::size_t i = 0; i < count; ++i) out[i] = row[start + i * shape_.stride];
        std::fill(out + count, out + length_, 0.0f);
      }
    }
  }

  // [channel * kernel + tap]: the row for that tap.
  std::span<const float* const> terms() const { return terms_; }

 private:
  float* phase(std::size_t channel, std::size_t p) { return values_.data() + (channel * shape_.stride + p) * length_; }

  const RowShape& shape_;
  std::size_t length_;
  std::vector<float> values_;
  std::vector<const float*> terms_;
};

// weight [O][C][1][K] as [C * K][padded O].
std::vector<float> forward_weights(const torch::Tensor& weight, const RowShape& s) {
  std::vector<float> result(s.terms() * s.padded_filters());
  const float* w = weight.data_ptr<float>();
  for (std::size_t o = 0; o < s.filters; ++o) {
    for (std::size_t i = 0; i < s.terms(); ++i) result[i * s.padded_filters() + o] = w[o * s.terms() + i];
  }
  return result;
}

void forward_clip(const float* x, std::span<const float> weights, const RowShape& s, float* y) {
  Phases phases(s);
  std::vector<float> tile(s.padded_filters() * kTile);
  for (std::size_t first = 0; first < s.outputs; first += kTile) {
    const std::size_t count = std::min(kTile, s.outputs - first);
    phases.fill(x, first);
    weigh_rows(phases.terms(), weights, s.padded_filters(), round_up(count, kRowBlock), tile.data(), kTile);
    for (std::size_t o = 0; o < s.filters; ++o) {
      std::copy_n(tile.data() + o * kTile, count, y + o * s.outputs + first);
    }
  }
}

// The output gradient of one tile and of the outputs just before it; zero outside the row.
class GradientTile {
 public:
  explicit GradientTile(const RowShape& shape)
      : shape_(shape), halo_(shape.taps()), length_(halo_ + kTile), values_(shape.padded_filters() * length_) {
    for (std::size_t o = 0; o < shape.padded_filters(); ++o) rows_.push_back(at(o, 0));
  }

  void fill(const float* gradient, std::size_t first_output) {
    const std::size_t outputs = shape_.outputs;
    const std::size_t before = first_output < halo_ ? halo_ - first_output : 0;  // zeros before the row
    const std::size_t start = first_output + before - halo_;
    const std::size_t count = std::min(length_ - before, outputs > start ? outputs - start : 0);
    for (std::size_t o = 0; o < shape_.filters; ++o) {
      float* out = values_.data() + o * length_;
      std::fill_n(out, before, 0.0f);
      std::copy_n(gradient + o * outputs + std::min(start, outputs), count, out + before);
      std::fill(out + before + count, out + length_, 0.0f);
    }
  }

  std::span<const float* const> rows() const { return rows_; }
  // Row o, `back` outputs before the tile.
  const float* at(std::size_t o, std::size_t back) const { return values_.data() + o * length_ + halo_ - back; }

 private:
  const RowShape& shape_;
  std::size_t halo_, length_;
  std::vector<float> values_;
  std::vector<const float*> rows_;
};

// The input gradient of phase p is a convolution of the output gradient with the taps of that phase.
struct PhaseWeights {
  std::vector<std::size_t> back;  // [tap of the phase]
  std::vector<float> weights;     // [filter * taps][padded C]
};

std::vector<PhaseWeights> backward_weights(const torch::Tensor& weight, const RowShape& s) {
  std::vector<PhaseWeights> phases(s.stride);
  const float* w = weight.data_ptr<float>();
  for (std::size_t p = 0; p < s.stride; ++p) {
    for (std::size_t k = p; k < s.kernel; k += s.stride) phases[p].back.push_back(k / s.stride);
    const std::size_t taps = phases[p].back.size();
    phases[p].weights.resize(s.filters * taps * s.padded_channels());
    for (std::size_t o = 0; o < s.filters; ++o) {
      for (std::size_t j = 0; j < taps; ++j) {
        float* to = phases[p].weights.data() + (o * taps + j) * s.padded_channels();
        for (std::size_t c = 0; c < s.in_channels; ++c) to[c] = w[o * s.terms() + c * s.kernel + p + j * s.stride];
      }
    }
  }
  return phases;
}

void input_gradient_tile(const GradientTile& gradient, const std::vector<PhaseWeights>& phases, const RowShape& s,
                         std::size_t first, std::vector<float>& tile, float* dx) {
  std::vector<const float*> terms;
  for (std::size_t p = 0; p < s.stride; ++p) {
    terms.clear();
    for (std::size_t o = 0; o < s.filters; ++o) {
      for (const std::size_t back : phases[p].back) terms.push_back(gradient.at(o, back));
    }
    weigh_rows(terms, phases[p].weights, s.padded_channels(), kTile, tile.data(), kTile);
    for (std::size_t c = 0; c < s.in_channels; ++c) {
      const float* from = tile.data() + c * kTile;
      for (std::size_t i = 0, place = first * s.stride + p; i < kTile && place < s.row; ++i, place += s.stride) {
        dx[c * s.row + place] = from[i];
      }
    }
  }
}

// sums [C * K][padded O]; dx is null if not needed.
void backward_clip(const float* x, const float* gradient, const std::vector<PhaseWeights>& weights, const RowShape& s,
                   std::span<double> sums, float* dx) {
  Phases phases(s);
  GradientTile tile(s);
  std::vector<float> inputs(s.padded_channels() * kTile);
  for (std::size_t first = 0; first < s.phase_values(); first += kTile) {
    phases.fill(x, first);
    tile.fill(gradient, first);
    correlate_rows(phases.terms(), tile.rows(), kTile, sums);
    if (dx != nullptr) input_gradient_tile(tile, weights, s, first, inputs, dx);
  }
}

struct RowConv : torch::autograd::Function<RowConv> {
  static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight, std::int64_t stride) {
    const RowShape s(x.sizes(), weight.sizes(), stride);
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = stride;
    context->saved_data["input_gradient"] = x.requires_grad();
    torch::Tensor y = torch::empty({x.size(0), weight.size(0), 1, static_cast<std::int64_t>(s.outputs)});
    const std::vector<float> weights = forward_weights(weight, s);
    at::parallel_for(0, x.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        forward_clip(x[n].data_ptr<float>(), weights, s, y[n].data_ptr<float>());
      }
    });
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], gradient = gradients[0].contiguous();
    const RowShape s(x.sizes(), weight.sizes(), context->saved_data["stride"].toInt());
    torch::Tensor dx;
    if (context->saved_data["input_gradient"].toBool()) dx = torch::empty_like(x);
    const std::size_t size = s.terms() * s.padded_filters();
    // Separate sums per clip: bit-identical for any number of threads.
    std::vector<double> sums(static_cast<std::size_t>(x.size(0)) * size);
    const std::vector<PhaseWeights> weights = backward_weights(weight, s);
    at::parallel_for(0, x.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        backward_clip(x[n].data_ptr<float>(), gradient[n].data_ptr<float>(), weights, s,
                      std::span(sums).subspan(static_cast<std::size_t>(n) * size, size),
                      dx.defined() ? dx[n].data_ptr<float>() : nullptr);
      }
    });
    return {dx, weight_gradient(sums, s, weight), Variable()};
  }

  static torch::Tensor weight_gradient(std::span<const double> sums, const RowShape& s, const torch::Tensor& weight) {
    const std::size_t size = s.terms() * s.padded_filters();
    std::vector<double> total(size);
    for (std::size_t i = 0; i < sums.size(); ++i) total[i % size] += sums[i];
    torch::Tensor result = torch::empty_like(weight);
    float* out = result.data_ptr<float>();
    for (std::size_t o = 0; o < s.filters; ++o) {
      for (std::size_t i = 0; i < s.terms(); ++i) *out++ = static_cast<float>(total[i * s.padded_filters() + o]);
    }
    return result;
  }
};

bool suits(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride) {
  constexpr std::int64_t kMaxChannels = 64;
  return readable_floats(x) && readable_floats(weight) && x.size(1) <= kMaxChannels && weight.size(0) <= kMaxChannels &&
         weight.size(3) >= stride;
}

}  // namespace

torch::Tensor row_conv(const torch::Tensor& x, const torch::Tensor& weight, std::int64_t stride) {
  TORCH_CHECK(x.size(2) == 1 && weight.size(2) == 1 && x.size(3) >= weight.size(3),
              "row_conv needs height 1 and rows no shorter than the kernel");
  TORCH_CHECK(x.size(1) == weight.size(1), "row_conv does not support groups");
  if (!suits(x, weight, stride)) return torch::conv2d(x, weight, {}, {1, stride});
  return RowConv::apply(x, weight, stride);
}

}  // namespace stapes
