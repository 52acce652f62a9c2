// SPDX-License-Identifier: Apache-2.0
// sign_convolution.h: a binary convolution that is fast on a GPU: signs times signs, then alpha.
//
// TensorFloat-32 keeps 10 bits of a factor's fraction. Signs and sums of at most 2^24 signs are exact; weights with
// alpha would be rounded. Algorithms that transform their inputs (Winograd, FFT) round signs: inexact_sign_sums()
// detects them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>

#include "graph/geometry.h"
#include "runs/binary_rule.h"

namespace stapes {

enum class SignSums {
  kScaledWeights,   // alpha * sign(W) as weights, in float32: used on the CPU
  kTensorFloat32,   // signs in TensorFloat-32, then alpha
  kRoundedFloat32,  // signs in float32, rounded to integers, then alpha
};

struct SignConvolution {
  std::int64_t stride_h = 1, stride_w = 1, pad_h = 0, pad_w = 0;
  BinaryRule rule = BinaryRule::kDefault;
  bool scaled = true;  // multiply by alpha
  SignSums sums = SignSums::kTensorFloat32;
  bool tf32_gradients = false;  // gradient convolutions in TensorFloat-32: factors lose 13 bits
};

// alpha * conv2d(signs, sign(centered)), with the gradients of conv2d(signs, binarize_weight(centered))
// (binary_layers.h). signs [N][C][H][W], centered [O][C][kh][kw]. Not for kScaledWeights.
torch::Tensor sign_convolution(const torch::Tensor& signs, const torch::Tensor& centered, const SignConvolution& how);

// Whether sign_convolution() can compute a layer: not with groups or uneven padding. Other binary layers always use
// kScaledWeights.
bool can_sum_signs(const ConvGeometry& conv);

// The sums of signs, before sign_convolution() scales them. Both tensors hold -1, 0 and 1.
using SignSumsFn =
    std::function<torch::Tensor(const torch::Tensor& signs, const torch::Tensor& weights, const SignConvolution& how)>;
torch::Tensor sign_sums(const torch::Tensor& signs, const torch::Tensor& weights, const SignConvolution& how);

// Compares `sums` with exact integers on every binary layer with can_sum_signs(), at this batch size (which determines
// a GPU's algorithm). Returns "" if all sums are exact, otherwise a layer and its number of wrong sums. Does not use
// libtorch's random generator.
std::string inexact_sign_sums(const NetworkGeometry& geometry, int batch_size, torch::Device device, SignSums way,
                              const SignSumsFn& sums = sign_sums);

}  // namespace stapes
