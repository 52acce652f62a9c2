// SPDX-License-Identifier: Apache-2.0
// sparse_bench: compares the int8 convolution on dense weights with the same weights stored without zeros.
//
// The break-even point determines kSparseZeros in src/packed/sparse.h.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/philox.h"
#include "compress/sparse_weights.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"

namespace stapes {
namespace {

struct Layer {
  const char* name;
  ConvShape shape;  // out_h and out_w: after the pool
};

// in_h, in_w, in_c, out_h, out_w, out_c, kernel, stride, pad, pool
constexpr Layer kLayers[] = {
    {"micro conv2, one column", {1, 103, 7, 1, 1, 20, 1, 5, 1, 2, 0, 0, 1, 50}},
    {"micro conv4", {10, 75, 10, 10, 75, 14, 3, 3, 1, 1, 1, 1, 1, 1}},
    {"micro conv9", {2, 9, 41, 1, 4, 51, 3, 3, 1, 1, 1, 1, 2, 2}},
    {"micro conv11", {1, 4, 67, 1, 2, 69, 3, 3, 1, 1, 1, 1, 1, 2}},
    {"acdnet conv5", {16, 37, 64, 8, 18, 64, 3, 3, 1, 1, 1, 1, 2, 2}},
    {"acdnet conv9", {4, 9, 256, 2, 4, 256, 3, 3, 1, 1, 1, 1, 2, 2}},
};

struct Operands {
  Operands(const ConvShape& s, double zeros) {
    Philox random(1, Philox::Purpose::kTest);
    const auto channels = static_cast<std::size_t>(s.out_c);
    weights.resize(channels * filter_size(s));
    for (std::int8_t& w : weights) {
      if (random.uniform() >= zeros) w = static_cast<std::int8_t>(1 + static_cast<int>(random.below(127)));
    }
    input.resize(static_cast<std::size_t>(s.in_h) * static_cast<std::size_t>(s.in_w * s.in_c));
    for (std::int8_t& q : input) q = static_cast<std::int8_t>(static_cast<int>(random.below(256)) - 128);
    output.resize(static_cast<std::size_t>(s.out_h) * static_cast<std::size_t>(s.out_w) * channels);
    bias.assign(channels, 100);
    multiplier.assign(channels, 1 << 30);
    shift.assign(channels, -8);
    sparse = sparse_form(weights, static_cast<std::size_t>(s.kernel_w * s.in_c));
  }
  std::vector<std::int8_t> weights, input, output;
  std::vector<std::int32_t> bias, multiplier, shift;
  std::unique_ptr<packed::fb::SparseWeightsT> sparse;
};

void dense(benchmark::State& state) {
  const ConvShape& s = kLayers[state.range(0)].shape;
  Operands o(s, static_cast<double>(state.range(1)) / 100);
  for (auto _ : state) {
    conv_i8_scalar({s, o.weights.data(), o.bias.data(), o.multiplier.data(), o.shift.data(), o.input.data(),
                    o.output.data(), -128, -128, -128, 127});
    benchmark::DoNotOptimize(o.output.data());
  }
  state.SetLabel(kLayers[state.range(0)].name);
}

void sparse(benchmark::State& state) {
  const ConvShape& s = kLayers[state.range(0)].shape;
  Operands o(s, static_cast<double>(state.range(1)) / 100);
  for (auto _ : state) {
    conv_i8_sparse_scalar({s,
                           {o.sparse->entries.data(), o.sparse->gaps.data(), o.sparse->values.data()},
                           o.bias.data(),
                           o.multiplier.data(),
                           o.shift.data(),
                           o.input.data(),
                           o.output.data(),
                           -128,
                           -128,
                           -128,
                           127});
    benchmark::DoNotOptimize(o.output.data());
  }
  state.SetLabel(kLayers[state.range(0)].name);
}

const std::vector<std::int64_t> kLayerNumbers = {0, 1, 2, 3, 4, 5};
BENCHMARK(dense)->ArgsProduct({kLayerNumbers, {50}});  // weights do not affect the time
BENCHMARK(sparse)->ArgsProduct({kLayerNumbers, {50, 60, 70, 80, 90, 95}});

}  // namespace
}  // namespace stapes

BENCHMARK_MAIN();
