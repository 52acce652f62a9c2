// SPDX-License-Identifier: Apache-2.0
// conv_i8_operands.h: random operands of an int8 convolution, for kernels and the reference.
#pragma once

#include <vector>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"

namespace stapes::test {

struct ConvI8Operands {
  // Shifts in [shift_low, shift_high], weights at least `lowest_weight`.
  explicit ConvI8Operands(const ConvCase& of, int shift_low = -20, int shift_high = -4, int lowest_weight = -127)
      : k(of) {
    Philox rng(24, Philox::Purpose::kTest);
    const auto channels = static_cast<std::size_t>(k.out_c);
    weights = random_integers<std::int8_t>(rng, k.weights(), lowest_weight, 127);
    input = random_integers<std::int8_t>(rng, k.inputs(), -128, 127);
    bias = random_integers<std::int32_t>(rng, channels, -5000, 5000);
    multiplier = random_integers<std::int32_t>(rng, channels, 1 << 30, 2147483646);
    shift = random_integers<std::int32_t>(rng, channels, shift_low, shift_high);
  }

  // `rows`: input rows of the call; 0: as many as the weights are prepared for.
  std::vector<std::int8_t> run(const Variant<ConvI8Args<std::int8_t, std::int8_t>>& variant, int rows = 0) const {
    std::vector<std::int8_t> out(k.outputs());
    run_variant<ConvI8Args<std::int8_t, std::int8_t>>(variant,
                                                      {.shape = k.shape(),
                                                       .weights = weights.data(),
                                                       .bias = bias.data(),
                                                       .multiplier = multiplier.data(),
                                                       .shift = shift.data(),
                                                       .input = input.data(),
                                                       .output = out.data(),
                                                       .in_zero_point = 5,
                                                       .out_zero_point = -3,
                                                       .minimum = -110,
                                                       .maximum = 120},
                                                      rows);
    return out;
  }
  std::vector<std::int8_t> by_definition() const { return run(conv_i8_variants()[0]); }

  ConvCase k;
  std::vector<std::int8_t> weights, input;
  std::vector<std::int32_t> bias, multiplier, shift;
};

}  // namespace stapes::test
