// SPDX-License-Identifier: Apache-2.0
// int8_layer.h: random operands of an int8 convolution as importers produce them, with outputs over the full int8
// range. Some kernels accept only such layers.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_oracle.h"
#include "kernels/variant_runner.h"

namespace stapes::test {

struct Int8Layer {
  explicit Int8Layer(const ConvShape& s) : shape(s), output(static_cast<std::size_t>(s.out_h * s.out_w * s.out_c)) {
    Philox rng(21, Philox::Purpose::kTest);
    const auto filters = static_cast<std::size_t>(s.out_c);
    weights = random_integers<std::int8_t>(rng, filters * filter_size(s), -127, 127);
    input = random_integers<std::int8_t>(rng, static_cast<std::size_t>(s.in_h * s.in_w * s.in_c), -128, 127);
    bias = random_integers<std::int32_t>(rng, filters, -5000, 5000);
    multiplier = random_integers<std::int32_t>(rng, filters, 1 << 30, std::numeric_limits<std::int32_t>::max());
    shift = random_integers<std::int32_t>(rng, filters, -15, -1);
  }
  ConvI8Args<std::int8_t, std::int8_t> args() {
    return {.shape = shape,
            .weights = weights.data(),
            .bias = bias.data(),
            .multiplier = multiplier.data(),
            .shift = shift.data(),
            .input = input.data(),
            .output = output.data(),
            .in_zero_point = in_zero_point,
            .out_zero_point = -3,
            .minimum = -128,
            .maximum = 127};
  }
  std::vector<std::int8_t> run(const Variant<ConvI8Args<std::int8_t, std::int8_t>>& variant) {
    output.assign(output.size(), 99);
    run_variant<ConvI8Args<std::int8_t, std::int8_t>>(variant, args());
    return output;
  }
  void expect_the_definition(const Variant<ConvI8Args<std::int8_t, std::int8_t>>& variant) {
    EXPECT_TRUE(variant.accepts(args()));
    EXPECT_EQ(run(variant), run(conv_i8_variants()[0]));
  }

  ConvShape shape;
  std::vector<std::int8_t> weights, input, output;
  std::vector<std::int32_t> bias, multiplier, shift;
  std::int32_t in_zero_point = 5;
};

}  // namespace stapes::test
