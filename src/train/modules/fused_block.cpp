// SPDX-License-Identifier: Apache-2.0
#include "train/modules/fused_block.h"

#include <cmath>
#include <span>
#include <type_traits>
#include <vector>

#include "train/modules/binary_layers.h"
#include "train/modules/plane_kernels.h"
#include "train/readable_floats.h"
#include "train/threads.h"

namespace stapes {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

bool can_fuse(const torch::Tensor& x, torch::nn::BatchNorm2d& norm) {
  return readable_floats(x) && norm->is_training() && norm->options.momentum().has_value() &&
         readable_floats(norm->weight) && readable_floats(norm->bias) && readable_floats(norm->running_mean) &&
         readable_floats(norm->running_var);
}

// The planes of a contiguous [N][C][H][W] tensor.
struct Planes {
  explicit Planes(const torch::Tensor& x)
      : clips(x.size(0)),
        channels(x.size(1)),
        height(x.size(2)),
        row(x.size(3)),
        values(static_cast<std::size_t>(height * row)) {}
  std::int64_t count() const { return clips * channels; }
  double per_channel() const { return static_cast<double>(clips) * static_cast<double>(values); }

  std::int64_t clips, channels, height, row;
  std::size_t values;  // of one plane
};

template <class T>
std::span<T> plane(const torch::Tensor& tensor, std::int64_t index) {
  const std::int64_t size = tensor.size(2) * tensor.size(3);
  return {tensor.data_ptr<std::remove_const_t<T>>() + index * size, static_cast<std::size_t>(size)};
}

template <class Work>
void for_each_plane(const Planes& planes, const Work& work) {
  at::parallel_for(0, planes.count(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) work(i, static_cast<std::size_t>(i % planes.channels));
  });
}

// Sums the results of `work` by channel, in clip order: bit-identical for any number of threads.
template <class Work>
std::vector<Moments> by_channel(const Planes& planes, const Work& work) {
  std::vector<Moments> parts(static_cast<std::size_t>(planes.count()));
  for_each_plane(planes,
                 [&](std::int64_t i, std::size_t channel) { parts[static_cast<std::size_t>(i)] = work(i, channel); });
  std::vector<Moments> sums(static_cast<std::size_t>(planes.channels));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sums[i % sums.size()].first += parts[i].first;
    sums[i % sums.size()].second += parts[i].second;
  }
  return sums;
}

// Batch norm of one batch: y = weight * (x - mean) / deviation + bias.
struct ChannelNorm {
  double mean, inverse_deviation;
  PlaneAffine affine;
};

// [C][2] float64: mean and 1 / deviation of each channel. Updates the running statistics like libtorch (with the
// unbiased variance).
torch::Tensor measure(const torch::Tensor& x, torch::nn::BatchNorm2dImpl& norm) {
  const Planes planes(x);
  const double count = planes.per_channel(), momentum = norm.options.momentum().value();
  const std::vector<Moments> sums =
      by_channel(planes, [&](std::int64_t i, std::size_t) { return moments(plane<const float>(x, i)); });
  norm.num_batches_tracked.add_(1);
  float* running_mean = norm.running_mean.data_ptr<float>();
  float* running_variance = norm.running_var.data_ptr<float>();
  torch::Tensor statistics = torch::empty({planes.channels, 2}, torch::kFloat64);
  double* out = statistics.data_ptr<double>();
  for (std::size_t c = 0; c < sums.size(); ++c) {
    const double mean = sums[c].first / count;
    const double variance = std::fmax(0.0, sums[c].second / count - mean * mean);
    const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    running_mean[c] = static_cast<float>((1 - momentum) * running_mean[c] + momentum * mean);
    running_variance[c] = static_cast<float>((1 - momentum) * running_variance[c] + momentum * unbiased);
    *out++ = mean;
    *out++ = 1 / std::sqrt(variance + norm.options.eps());
  }
  return statistics;
}

std::vector<ChannelNorm> channel_norms(const torch::Tensor& statistics, const torch::Tensor& weight,
                                       const torch::Tensor& bias) {
  std::vector<ChannelNorm> norms(static_cast<std::size_t>(statistics.size(0)));
  const double* in = statistics.data_ptr<double>();
  const float *w = weight.data_ptr<float>(), *b = bias.data_ptr<float>();
  for (std::size_t c = 0; c < norms.size(); ++c) {
    const double mean = in[2 * c], inverse = in[2 * c + 1], scale = w[c] * inverse;
    norms[c] = {mean, inverse, {static_cast<float>(scale), static_cast<float>(b[c] - scale * mean)}};
  }
  return norms;
}

// Batch-norm gradients of x, weight and bias. With g the gradient at y, M values per channel, S1 = sum(g) and S2 =
// sum(g * (x - mean)):  dx = scale * (g - S1 / M - (x - mean) * S2 / (M * deviation^2)), scale = weight / deviation.
// `sums(plane, norm)` returns a plane's S1 and S2, `finish(plane, norm, rest, out)` writes scale * g + rest(x).
template <class Sums, class Finish>
variable_list norm_gradients(const torch::Tensor& x, const std::vector<ChannelNorm>& norms, const Sums& sums,
                             const Finish& finish) {
  const Planes planes(x);
  const std::vector<Moments> totals =
      by_channel(planes, [&](std::int64_t i, std::size_t c) { return sums(i, norms[c]); });
  torch::Tensor weight_gradient = torch::empty(planes.channels), bias_gradient = torch::empty(planes.channels);
  std::vector<CenteredAffine> rest(norms.size());
  for (std::size_t c = 0; c < norms.size(); ++c) {
    const double inverse = norms[c].inverse_deviation, scale = norms[c].affine.scale;
    const double slope = -scale * inverse * inverse * totals[c].second / planes.per_channel();
    const float mean = static_cast<float>(norms[c].mean);
    const double offset = -scale * totals[c].first / planes.per_channel() + slope * (mean - norms[c].mean);
    rest[c] = {mean, static_cast<float>(slope), static_cast<float>(offset)};
    weight_gradient.data_ptr<float>()[c] = static_cast<float>(inverse * totals[c].second);
    bias_gradient.data_ptr<float>()[c] = static_cast<float>(totals[c].first);
  }
  torch::Tensor dx = torch::empty_like(x);
  for_each_plane(planes, [&](std::int64_t i, std::size_t c) { finish(i, norms[c], rest[c], plane<float>(dx, i)); });
  return {dx, weight_gradient, bias_gradient};
}

enum class Activation { kRelu, kSignClip, kSignApprox };

void activation_gradient(Activation activation, std::span<const float> x, PlaneAffine affine,
                         std::span<const float> gradient, std::span<float> out) {
  if (activation == Activation::kRelu) return relu_gradient_plane(x, affine, gradient, out);
  const bool clip = activation == Activation::kSignClip;
  sign_gradient_plane(x, affine, clip ? SignGradient::kClip : SignGradient::kApprox, gradient, out);
}

struct NormActivation : torch::autograd::Function<NormActivation> {
  static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight, const Variable& bias,
                          const torch::Tensor& statistics, std::int64_t activation, bool zero_is_zero) {
    const auto norms = channel_norms(statistics, weight, bias);
    torch::Tensor y = torch::empty_like(x);
    for_each_plane(Planes(x), [&](std::int64_t i, std::size_t c) {
      const auto in = plane<const float>(x, i);
      const auto out = plane<float>(y, i);
      const bool is_relu = static_cast<Activation>(activation) == Activation::kRelu;
      is_relu ? relu_plane(in, norms[c].affine, out) : sign_plane(in, norms[c].affine, zero_is_zero, out);
    });
    context->save_for_backward({x, weight, bias, statistics});
    context->saved_data["activation"] = activation;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], gradient = gradients[0].contiguous();
    const auto activation = static_cast<Activation>(context->saved_data["activation"].toInt());
    const auto sums = [&](std::int64_t i, const ChannelNorm& norm) {
      static thread_local std::vector<float> scratch;
      const auto in = plane<const float>(x, i);
      scratch.resize(in.size());
      activation_gradient(activation, in, norm.affine, plane<const float>(gradient, i), scratch);
      return gradient_moments(in, norm.mean, scratch);
    };
    const auto finish = [&](std::int64_t i, const ChannelNorm& norm, CenteredAffine rest, std::span<float> out) {
      const auto in = plane<const float>(x, i);
      activation_gradient(activation, in, norm.affine, plane<const float>(gradient, i), out);
      norm_gradient_plane(in, rest, norm.affine.scale, out, out);
    };
    variable_list result = norm_gradients(x, channel_norms(saved[3], saved[1], saved[2]), sums, finish);
    result.resize(6);
    return result;
  }
};

std::vector<std::int64_t> pooled_sizes(const torch::Tensor& x, int pool_h, int pool_w) {
  return {x.size(0), x.size(1), x.size(2) / pool_h, x.size(3) / pool_w};
}

struct Pooled {
  torch::Tensor values, winners;
};

template <class ToAffine>
Pooled pool(const torch::Tensor& x, int pool_h, int pool_w, const ToAffine& affine) {
  const auto sizes = pooled_sizes(x, pool_h, pool_w);
  Pooled pooled{torch::empty(sizes), torch::empty(sizes, torch::kInt32)};
  const PoolWindows windows{pool_h, pool_w, x.size(3)};
  for_each_plane(Planes(x), [&](std::int64_t i, std::size_t c) {
    pool_relu_plane(plane<const float>(x, i), windows, affine(c), plane<float>(pooled.values, i),
                    plane<std::int32_t>(pooled.winners, i));
  });
  return pooled;
}

struct NormPoolRelu : torch::autograd::Function<NormPoolRelu> {
  static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight, const Variable& bias,
                          const torch::Tensor& statistics, std::int64_t pool_h, std::int64_t pool_w) {
    const auto norms = channel_norms(statistics, weight, bias);
    const Pooled pooled =
        pool(x, static_cast<int>(pool_h), static_cast<int>(pool_w), [&](std::size_t c) { return norms[c].affine; });
    context->save_for_backward({x, weight, bias, statistics, pooled.winners});
    return pooled.values;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &winners = saved[4], gradient = gradients[0].contiguous();
    const auto sums = [&](std::int64_t i, const ChannelNorm& norm) {
      return gradient_moments(plane<const float>(x, i), norm.mean, plane<const float>(gradient, i),
                              plane<const std::int32_t>(winners, i));
    };
    const auto finish = [&](std::int64_t i, const ChannelNorm& norm, CenteredAffine rest, std::span<float> out) {
      norm_gradient_plane(plane<const float>(x, i), rest, out);
      add_at_winners(norm.affine.scale, plane<const float>(gradient, i), plane<const std::int32_t>(winners, i), out);
    };
    variable_list result = norm_gradients(x, channel_norms(saved[3], saved[1], saved[2]), sums, finish);
    result.resize(6);
    return result;
  }
};

struct PoolRelu : torch::autograd::Function<PoolRelu> {
  static Variable forward(AutogradContext* context, const Variable& x, std::int64_t pool_h, std::int64_t pool_w) {
    const Pooled pooled =
        pool(x, static_cast<int>(pool_h), static_cast<int>(pool_w), [](std::size_t) { return PlaneAffine{}; });
    context->save_for_backward({pooled.winners});
    context->saved_data["sizes"] = x.sizes().vec();
    return pooled.values;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const torch::Tensor winners = context->get_saved_variables()[0], gradient = gradients[0].contiguous();
    torch::Tensor dx = torch::zeros(context->saved_data["sizes"].toIntVector());
    for_each_plane(Planes(dx), [&](std::int64_t i, std::size_t) {
      add_at_winners(1, plane<const float>(gradient, i), plane<const std::int32_t>(winners, i), plane<float>(dx, i));
    });
    return {dx, Variable(), Variable()};
  }
};

}  // namespace

torch::Tensor norm_pool_relu(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, int pool_h, int pool_w) {
  if (!can_fuse(x, norm)) return pool_relu(norm->forward(x), pool_h, pool_w);
  const torch::Tensor statistics = measure(x, *norm);
  if (pool_h * pool_w == 1) {
    return NormActivation::apply(x, norm->weight, norm->bias, statistics, static_cast<std::int64_t>(Activation::kRelu),
                                 false);
  }
  return NormPoolRelu::apply(x, norm->weight, norm->bias, statistics, std::int64_t{pool_h}, std::int64_t{pool_w});
}

torch::Tensor pool_relu(const torch::Tensor& x, int pool_h, int pool_w) {
  if (pool_h * pool_w == 1) return torch::relu(x);
  if (!readable_floats(x)) return torch::relu(torch::max_pool2d(x, {pool_h, pool_w}));
  return PoolRelu::apply(x, std::int64_t{pool_h}, std::int64_t{pool_w});
}

torch::Tensor norm_sign(const torch::Tensor& x, torch::nn::BatchNorm2d& norm, SignGradient gradient,
                        bool zero_is_zero) {
  if (!can_fuse(x, norm)) return sign_straight_through(norm->forward(x), gradient, zero_is_zero);
  const Activation activation = gradient == SignGradient::kClip ? Activation::kSignClip : Activation::kSignApprox;
  return NormActivation::apply(x, norm->weight, norm->bias, measure(x, *norm), static_cast<std::int64_t>(activation),
                               zero_is_zero);
}

}  // namespace stapes
