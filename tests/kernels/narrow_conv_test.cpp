// SPDX-License-Identifier: Apache-2.0
// Loops and layouts for small cores that this test does not run on. A standard C++ machine finds weights by place_of(),
// like the instructions.
#include "kernels/conv_bits/conv_bits_plain.h"
#include "kernels/conv_bits/conv_bits_rvzbb.h"
#include "kernels/conv_bits/conv_bits_tables_plain.h"
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_oracle.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_plain.h"
#include "kernels/loops/narrow/narrow_variant.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

template <class Sizes, class StoredWeight>
struct MachineByPlace : Sizes {
  using Element = typename Sizes::Element;
  using Weight = StoredWeight;

  static void sum_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* weights,
                        std::int32_t* sums) {
    const std::ptrdiff_t offsets[] = {0, strip.second, strip.third, strip.fourth};
    for (int block = 0; block < strip.blocks; ++block) {
      for (const std::ptrdiff_t offset : offsets) {
        *sums++ = sum(l, strip.from + block * strip.next + offset, weights);
      }
    }
  }
  static std::int32_t largest_of_strip(const NarrowLayout& l, const NarrowStrip<Element>& strip, const Weight* weights,
                                       std::int32_t* sums) {
    return largest_of_sums<MachineByPlace>(l, strip, weights, sums);
  }
  template <class Input>
  static void load_elements(const Input* input, std::int32_t count, std::int32_t zero_point, Element* to) {
    for (int i = 0; i < count; ++i) to[i] = static_cast<Element>(Sizes::kRaw ? input[i] : input[i] - zero_point);
  }

 private:
  static std::int32_t sum(const NarrowLayout& l, const Element* from, const Weight* weights) {
    std::int32_t sum = 0;
    for (int run = 0; run < l.runs; ++run, weights += l.run) {
      EXPECT_EQ(l.run % Sizes::kChunk, 0);
      for (int i = 0; i < l.run; ++i) {
        const int chunk = i / Sizes::kChunk * Sizes::kChunk;
        sum += from[run * l.row_elements + i] * weights[chunk + Sizes::place_of(i - chunk)];
      }
    }
    return sum;
  }
};

struct NarrowOperands {
  explicit NarrowOperands(const test::ConvCase& k) {
    Philox rng(18, Philox::Purpose::kTest);
    const auto channels = static_cast<std::size_t>(k.out_c);
    weights = test::random_integers<std::int8_t>(rng, k.weights(), -127, 127);
    bytes = test::random_integers<std::int8_t>(rng, k.inputs(), -128, 127);
    words = test::random_integers<std::int16_t>(rng, k.inputs(), -32768, 32767);
    bias = test::random_integers<std::int32_t>(rng, channels, -5000, 5000);
    multiplier = test::random_integers<std::int32_t>(rng, channels, 1 << 30, 2147483646);
    shift = test::random_integers<std::int32_t>(rng, channels, -20, -4);
  }
  template <class Input>
  const Input* input() const {
    if constexpr (sizeof(Input) == 1) {
      return bytes.data();
    } else {
      return words.data();
    }
  }

  std::vector<std::int8_t> weights, bytes;
  std::vector<std::int16_t> words;
  std::vector<std::int32_t> bias, multiplier, shift;
};

template <class Input>
std::vector<std::int8_t> run(const test::ConvCase& k, const NarrowOperands& operands,
                             const Variant<ConvI8Args<Input, std::int8_t>>& variant) {
  std::vector<std::int8_t> out(k.outputs());
  test::run_variant<ConvI8Args<Input, std::int8_t>>(variant, {.shape = k.shape(),
                                                              .weights = operands.weights.data(),
                                                              .bias = operands.bias.data(),
                                                              .multiplier = operands.multiplier.data(),
                                                              .shift = operands.shift.data(),
                                                              .input = operands.input<Input>(),
                                                              .output = out.data(),
                                                              .in_zero_point = sizeof(Input) == 1 ? 5 : 0,
                                                              .out_zero_point = -3,
                                                              .minimum = -128,
                                                              .maximum = 127});
  return out;
}

template <class Input>
using Args = ConvI8Args<Input, std::int8_t>;

template <class Input>
std::vector<std::int8_t> by_definition(const test::ConvCase& k, const NarrowOperands& operands) {
  if constexpr (sizeof(Input) == 1) {
    return run(k, operands, conv_i8_variants()[0]);
  } else {
    return run(k, operands, conv_i8_from_i16_variants()[0]);
  }
}

class NarrowConv : public testing::TestWithParam<test::ConvCase> {
 protected:
  template <class Machine, class Sizes, class Input>
  void expect_the_definition() {
    using Weight = typename Machine::Weight;
    const NarrowOperands operands(GetParam());
    const auto variant = narrow_variant<Sizes, Weight, Args<Input>>(
        Isa::kPlain, [](const Args<Input>& a) noexcept { narrow_conv<Machine>(a); });
    EXPECT_EQ(run(GetParam(), operands, variant), by_definition<Input>(GetParam(), operands));
  }
  template <class Sizes, class Weight, class Input>
  void expect_places_are_right() {
    expect_the_definition<MachineByPlace<Sizes, Weight>, Sizes, Input>();
  }
};

TEST_P(NarrowConv, LaysWeightsOutForArmDsp) {
  expect_places_are_right<ArmDspSizes, std::int8_t, std::int8_t>();
  expect_places_are_right<ArmDspSizes, std::int8_t, std::int16_t>();
}
TEST_P(NarrowConv, LaysWideWeightsOutForArmDsp) {
  expect_places_are_right<WideWeights<ArmDspSizes>, std::int16_t, std::int8_t>();
}
TEST_P(NarrowConv, LaysWeightsOutForMve) {
  expect_places_are_right<MveByteSizes, std::int8_t, std::int8_t>();
  expect_places_are_right<MveWordSizes, std::int16_t, std::int16_t>();
}
TEST_P(NarrowConv, ComputesTwoPositionsAtOnceAsOnArmv6) {
  expect_the_definition<PlainMachine<PlainByteSizes, std::int8_t, 2>, PlainByteSizes, std::int8_t>();
  expect_the_definition<PlainMachine<PlainWordSizes, std::int8_t, 2>, PlainWordSizes, std::int16_t>();
}

// LDRD faults at an odd element, so positions, rows and runs must begin at even elements.
TEST_P(NarrowConv, BeginsPositionsAtWordsForArmDsp) {
  const ConvShape shape = GetParam().shape();
  if (!narrow_suits<ArmDspSizes>(shape)) return;
  const NarrowLayout l = narrow_layout<ArmDspSizes>(shape);
  EXPECT_EQ(l.step_w % 2, 0);
  EXPECT_TRUE(l.rows <= 1 || l.step_h % 2 == 0) << l.step_h;
  EXPECT_TRUE(l.runs <= 1 || l.row_elements % 2 == 0) << l.row_elements;
}

INSTANTIATE_TEST_SUITE_P(Shapes, NarrowConv, testing::ValuesIn(test::conv_cases()));
// Tiles with a remainder, pools other than 2 x 2, more channels than fit a tile.
INSTANTIATE_TEST_SUITE_P(Tiles, NarrowConv,
                         testing::Values(test::ConvCase{1, 213, 1, 3, 1, 9, 1, 2},               // conv1's column
                                         test::ConvCase{1, 103, 7, 4, 1, 5, 1, 2, 0, 0, 1, 50},  // conv2's column
                                         test::ConvCase{6, 151, 1, 3, 3, 3, 1, 1, 1, 1, 2, 2},   // as patches
                                         test::ConvCase{3, 75, 12, 3, 3, 3, 1, 1, 1, 1},         // several tiles
                                         test::ConvCase{4, 9, 300, 2, 3, 3, 1, 1, 1, 1, 2, 2},   // wide
                                         test::ConvCase{6, 13, 5, 3, 3, 3, 1, 1, 1, 1, 2, 1},    // pool of 2
                                         test::ConvCase{7, 13, 5, 3, 3, 3, 1, 1, 1, 1, 3, 3},    // pool of 9
                                         test::ConvCase{6, 14, 3, 2, 2, 3, 1, 1, 0, 1, 2, 6},    // pool of 12
                                         test::ConvCase{9, 13, 5, 3, 3, 3, 2, 2, 1, 1}));  // strides, odd channels

// ---- shapes known at compile time

constexpr test::ConvCase kColumn{1, 103, 4, 5, 1, 5, 1, 2, 0, 0, 1, 50};
constexpr test::ConvCase kPooled{6, 9, 7, 37, 3, 3, 1, 1, 1, 1, 2, 2};
constexpr test::ConvCase kWide{5, 6, 12, 35, 3, 3, 1, 1, 1, 1, 2, 2};
constexpr ConvShape kColumnShape = kColumn.shape(), kPooledShape = kPooled.shape(), kWideShape = kWide.shape();

template <const ConvShape& kShape>
void expect_fixed_is_the_same(const test::ConvCase& k) {
  using Machine = PlainMachine<PlainByteSizes, std::int8_t>;
  const NarrowOperands operands(k);
  const auto fixed = narrow_variant<PlainByteSizes, std::int8_t, Args<std::int8_t>>(
      Isa::kPlain, [](const Args<std::int8_t>& a) noexcept { narrow_conv_fixed<Machine, kShape>(a); });
  EXPECT_EQ(run(k, operands, fixed), by_definition<std::int8_t>(k, operands));
}

TEST(FixedShapes, GiveTheSameBytes) {
  expect_fixed_is_the_same<kColumnShape>(kColumn);
  expect_fixed_is_the_same<kPooledShape>(kPooled);
}

using BitsArgs = ConvBitsArgs<std::uint32_t>;

template <const ConvShape& kShape>
void expect_fixed_bits_are_the_same(const test::ConvCase& k) {
  Philox rng(19, Philox::Purpose::kTest);
  const std::size_t row_words = static_cast<std::size_t>(words_of_bits(k.kernel_h * k.kernel_w * k.in_c));
  auto weights = test::random_integers<std::uint32_t>(rng, row_words * static_cast<std::size_t>(k.out_c), 0, 1 << 30);
  const std::uint32_t last_bits = static_cast<std::uint32_t>(k.kernel_h * k.kernel_w * k.in_c % 32);
  for (std::size_t row = row_words; last_bits != 0 && row <= weights.size(); row += row_words) {
    weights[row - 1] &= (1u << last_bits) - 1;
  }
  const auto input =
      test::random_integers<std::uint32_t>(rng, static_cast<std::size_t>(k.in_h * k.in_w), 0, (1 << k.in_c) - 1);
  const auto threshold = test::random_integers<std::int32_t>(rng, static_cast<std::size_t>(k.out_c), -6, 6);
  const auto falling = test::random_integers<std::uint8_t>(rng, static_cast<std::size_t>(k.out_c), 0, 1);
  const auto run_bits = [&](const Variant<BitsArgs>& variant) {
    std::vector<std::uint32_t> out(static_cast<std::size_t>(kShape.out_h * kShape.out_w * words_of_bits(k.out_c)));
    test::run_variant<BitsArgs>(variant, {.shape = k.shape(),
                                          .weights = weights.data(),
                                          .threshold = threshold.data(),
                                          .falling = falling.data(),
                                          .input = input.data(),
                                          .output = out.data()});
    return out;
  };
  const auto want = run_bits(conv_bits_variants()[0]);
  int compared = 0;
  for (Variant<BitsArgs> variant : conv_bits_variants()) {
    if (!variant.has_fixed || (variant.suits != nullptr && !variant.suits(kShape))) continue;
    if (variant.isa == Isa::kRvZbb) {
      variant.run = [](const BitsArgs& a) noexcept { conv_bits_rvzbb_fixed<kShape>(a); };
    } else if (std::string_view(variant.form) == "tables") {
      variant.run = [](const BitsArgs& a) noexcept { conv_bits_tables_plain_fixed<kShape>(a); };
    } else {
      variant.run = [](const BitsArgs& a) noexcept { conv_bits_plain_fixed<kShape>(a); };
    }
    EXPECT_EQ(run_bits(variant), want) << to_string(variant.isa) << variant.form;
    ++compared;
  }
  EXPECT_GE(compared, 1);
}

TEST(FixedShapes, GiveTheSameBits) {
  expect_fixed_bits_are_the_same<kColumnShape>(kColumn);
  expect_fixed_bits_are_the_same<kPooledShape>(kPooled);
  expect_fixed_bits_are_the_same<kWideShape>(kWide);
}

// The largest sizes that the reader accepts. Unsuitable shapes get no layout.
TEST(NarrowConvs, DoNotSuitWhatIsTooLargeToCopy) {
  EXPECT_TRUE(narrow_suits<PlainByteSizes>(kPooled.shape()));
  EXPECT_TRUE(narrow_suits<PlainByteSizes>(test::ConvCase{4, 9, 512, 512, 3, 3, 1, 1, 1, 1, 2, 2}.shape()));
  constexpr std::int32_t kLargest = 1 << 20;
  for (std::int32_t ConvShape::*const size : {&ConvShape::in_c, &ConvShape::pool_w, &ConvShape::pool_h}) {
    ConvShape shape = kPooled.shape();
    shape.*size = kLargest;
    EXPECT_FALSE(narrow_suits<PlainByteSizes>(shape));
  }
  ConvShape shape = kPooled.shape();
  shape.pool_h = shape.pool_w = shape.stride_h = shape.stride_w = shape.kernel_h = shape.kernel_w = kLargest;
  EXPECT_FALSE(narrow_suits<PlainByteSizes>(shape));
  shape = kPooled.shape();
  shape.groups = 7;
  EXPECT_FALSE(narrow_suits<PlainByteSizes>(shape));
}

TEST(TableSums, AreForFewBitsOnly) {
  ConvShape shape = kColumn.shape();
  EXPECT_TRUE(tables_suit(shape));
  shape.in_c = 13;  // 65 bits
  EXPECT_FALSE(tables_suit(shape));
  shape.in_c = 12;
  shape.out_c = 512;  // 15 chunks of 16 rows of 512 bytes
  EXPECT_FALSE(tables_suit(shape));
}

}  // namespace
}  // namespace stapes
