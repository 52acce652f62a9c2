// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_i8/conv_i8.h"

#include "kernels/bits_oracle.h"
#include "kernels/conv_i8_operands.h"
#include "kernels/conv_oracle.h"
#include "kernels/loops/tiled/padded_band.h"
#include "kernels/loops/tiled/tile_sizes.h"
#include "kernels/rescale_oracle.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

template <class Input>
struct Operands {
  explicit Operands(const test::ConvCase& k, int in_zero_point) : in_zero_point(in_zero_point) {
    Philox rng(8, Philox::Purpose::kTest);
    const int low = sizeof(Input) == 1 ? -128 : -32768, high = sizeof(Input) == 1 ? 127 : 32767;
    weights = test::random_integers<std::int8_t>(rng, k.weights(), -127, 127);
    input = test::random_integers<Input>(rng, k.inputs(), low, high);
    bias = test::random_integers<std::int32_t>(rng, channels(k), -5000, 5000);
    multiplier = test::random_integers<std::int32_t>(rng, channels(k), 1 << 30, 2147483646);
    // From outputs that all saturate to outputs that are all 0. Shifts >= 0 where the sums leave room.
    const int smallest = sizeof(Input) == 1 ? -16 : -24;
    shift = test::random_integers<std::int32_t>(rng, channels(k), smallest, sizeof(Input) == 1 ? 2 : -4);
  }
  static std::size_t channels(const test::ConvCase& k) { return static_cast<std::size_t>(k.out_c); }

  std::vector<std::int8_t> weights;
  std::vector<Input> input;
  std::vector<std::int32_t> bias, multiplier, shift;
  int in_zero_point;
};

constexpr int kOutZeroPoint = -7, kMinimum = -100, kMaximum = 120;
constexpr std::int8_t kByteCanary = 77;

template <class Input, class Output>
std::vector<Output> run(const test::ConvCase& k, const Operands<Input>& operands,
                        const Variant<ConvI8Args<Input, Output>>& variant) {
  std::vector<Output> out(k.outputs() + 1, kByteCanary);
  test::run_variant<ConvI8Args<Input, Output>>(variant, {.shape = k.shape(),
                                                         .weights = operands.weights.data(),
                                                         .bias = operands.bias.data(),
                                                         .multiplier = operands.multiplier.data(),
                                                         .shift = operands.shift.data(),
                                                         .input = operands.input.data(),
                                                         .output = out.data(),
                                                         .in_zero_point = operands.in_zero_point,
                                                         .out_zero_point = kOutZeroPoint,
                                                         .minimum = kMinimum,
                                                         .maximum = kMaximum});
  EXPECT_EQ(out.back(), kByteCanary) << "wrote past the last output";
  out.pop_back();
  return out;
}

template <class Output, class Input>
std::vector<Output> expected(const test::ConvCase& k, const Operands<Input>& operands) {
  std::vector<Output> out;
  for (const auto& value : test::convolve_by_definition(k, operands.weights, operands.input, operands.in_zero_point)) {
    const std::size_t o = out.size() % operands.bias.size();
    const auto sum = static_cast<std::int64_t>(value.sum) + operands.bias[o];
    const std::int64_t q = kOutZeroPoint + test::rescale_by_definition(sum, operands.multiplier[o], operands.shift[o]);
    out.push_back(static_cast<Output>(q < kMinimum ? kMinimum : q > kMaximum ? kMaximum : q));
  }
  return out;
}

template <class Input, class Output>
void expect_the_definition(const test::ConvCase& k, int in_zero_point,
                           const Variants<ConvI8Args<Input, Output>>& variants) {
  const Operands<Input> operands(k, in_zero_point);
  const auto want = expected<Output>(k, operands);
  test::for_each_variant(variants, k.shape(),
                         [&](const auto& variant) { EXPECT_EQ(run(k, operands, variant), want) << in_zero_point; });
}

class ConvI8 : public testing::TestWithParam<test::ConvCase> {};

TEST_P(ConvI8, EqualsTheDefinition) {
  for (const int zero_point : {-128, 3, 127}) expect_the_definition(GetParam(), zero_point, conv_i8_variants());
}

TEST_P(ConvI8, EqualsTheDefinitionOnPcm) { expect_the_definition(GetParam(), 0, conv_i8_from_i16_variants()); }

TEST_P(ConvI8, EqualsTheDefinitionIn16Bits) { expect_the_definition(GetParam(), 0, conv_i8_i16_variants()); }

TEST_P(ConvI8, DecidesOnTheSum) {
  const test::ConvCase& k = GetParam();
  const Operands<std::int16_t> operands(k, 0);
  Philox rng(9, Philox::Purpose::kTest);
  const std::size_t channels = Operands<std::int16_t>::channels(k);
  const auto falling = test::random_integers<std::uint8_t>(rng, channels, 0, 1);
  const auto sums = test::convolve_by_definition(k, operands.weights, operands.input);
  std::vector<std::int32_t> thresholds(channels);  // equal to sums that occur, to tell >= from >
  for (std::size_t o = 0; o < channels; ++o) {
    thresholds[o] = static_cast<std::int32_t>(sums[o + sums.size() / channels / 2 * channels].sum);
  }
  std::vector<std::int8_t> signs;
  for (const auto& value : sums) {
    const std::size_t o = signs.size() % channels;
    signs.push_back(test::decide(value.sum, thresholds[o], falling[o] == 1));
  }
  const std::uint32_t canary = 0xDEADBEEF;
  const std::vector<std::uint32_t> want = test::pack_rows(signs, k.out_c);
  test::for_each_variant(conv_i8_bits_variants(), k.shape(), [&](const auto& variant) {
    std::vector<std::uint32_t> out(want.size() + 1, canary);
    test::run_variant<ConvI8BitsArgs>(variant, {.shape = k.shape(),
                                                .weights = operands.weights.data(),
                                                .threshold = thresholds.data(),
                                                .falling = falling.data(),
                                                .input = operands.input.data(),
                                                .output = out.data()});
    EXPECT_EQ(out.back(), canary) << "wrote past the last output";
    out.pop_back();
    EXPECT_EQ(out, want);
  });
}

// Sizes around the tile of a vector kernel: 1 to 5 blocks of 8 and 16 channels; pools of 1, 2, 4 and more positions;
// rows of 1 to 17 outputs; rows of taps that do not fill groups. Also a column of ACDNet's front end.
std::vector<test::ConvCase> all_tile_cases() {
  std::vector<test::ConvCase> all = test::conv_cases();
  for (const int channels : {8, 9, 15, 16, 17, 24, 48, 49, 80}) {
    all.push_back({3, 11, 2, channels, 3, 3, 1, 1, 1, 1});
    all.push_back({4, 9, 3, channels, 3, 3, 1, 1, 1, 1, 2, 2});
  }
  for (const int width : {1, 2, 3, 4, 5, 8, 9, 16, 17}) {
    all.push_back({1, width, 5, 4, 1, 1});
    all.push_back({2, 2 * width, 3, 4, 1, 1, 1, 1, 0, 0, 1, 2});
    all.push_back({2 * width, 2, 3, 4, 3, 3, 1, 1, 1, 1, 2, 1});
    all.push_back({4, 3 * width, 4, 4, 3, 3, 1, 1, 1, 1, 2, 3});
    all.push_back({1, 2 * width + 7, 1, 7, 1, 9, 1, 2});
    all.push_back({2, 2 * width + 6, 1, 8, 1, 8, 1, 2});
  }
  for (const int width : {7, 13, 15, 16, 23}) {  // whole tiles and remainders, in one row or two
    all.push_back({3, width, 4, 17, 3, 3, 1, 1, 1, 1});
    all.push_back({4, 2 * width, 3, 33, 3, 3, 1, 1, 1, 1, 2, 2});
    all.push_back({4, 2 * width, 3, 5, 3, 3, 1, 1, 1, 1, 1, 2});
    all.push_back({2, 4 * width, 3, 5, 1, 3, 1, 1, 0, 1, 1, 4});
  }
  for (const int height : {2, 6, 7, 12}) {  // pointwise: rows merged into one of at most 8192 bytes
    all.push_back({height, 6, 8, 20, 1, 1});
    all.push_back({height, 40, 64, 5, 1, 1});
    all.push_back({height, 1, 5, 3, 1, 1});
  }
  for (const int channels : {1, 3, 7, 8, 9}) {  // two positions in a vector
    all.push_back({5, 10, 3, channels, 3, 3, 2, 2, 1, 1, 1, 1, 1, 0, 1});
    all.push_back({3, 8, 4, channels, 1, 1});
    for (const int width : {1, 2, 3, 4, 5, 8, 9}) {
      all.push_back({3, width, channels, channels, 3, 3, 1, 1, 1, 1, 1, 1, channels});
      all.push_back({3, width + 4, channels, channels, 2, 5, 1, 1, 0, 0, 1, 1, channels});
    }
  }
  for (const int width : {15, 16, 17, 23, 24, 25, 31, 32, 33, 40}) {  // tiles of 16 positions
    all.push_back({2, width, 3, 16, 3, 3, 1, 1, 1, 1});
    all.push_back({3, 2 * width, 2, 11, 1, 3, 2, 2, 0, 1});
  }
  for (const int filters : {64, 100, 160}) all.push_back({2, 9, 5, filters, 3, 3, 1, 1, 1, 1});  // 4, 7 and 10 blocks
  for (const int stride : {1, 2, 3, 4}) {  // rows that are reused while the band moves
    all.push_back({19, 60, 65, 3, 3, 2, stride, 1, 1, 1});
    all.push_back({19, 30, 131, 3, 5, 1, stride, 1, 2, 0, 2, 1});
    all.push_back({19, 20, 50, 3, 3, 3, stride, 1, 1, 1});
  }
  for (const int filters : {1, 16, 17, 33, 49, 65, 81, 97, 113, 128, 129, 300}) {  // fully connected
    for (const int inputs : {1, 3, 4, 5, 31, 64, 65}) all.push_back({1, 1, inputs, filters, 1, 1});
    all.push_back({2, 3, 5, filters, 2, 3});
  }
  all.push_back({3, 4, 240, 260, 3, 3, 1, 1, 1, 1});  // so many weights that the band holds all rows
  all.push_back({6, 4, 240, 260, 3, 3, 2, 1, 0, 1, 2, 2});
  all.push_back({4, 300, 300, 880, 2, 1, 1, 100});  // about as many weights, but the band is too large
  for (const int channels : {1, 4, 16, 31, 32, 33, 64, 65, 100, 128, 130}) {  // depthwise, four taps in a lane
    for (const int width : {3, 5, 17}) all.push_back({5, width, channels, channels, 3, 3, 1, 1, 1, 1, 1, 1, channels});
    all.push_back({9, 11, channels, channels, 3, 3, 2, 2, 0, 0, 1, 1, channels, 1, 1});
    all.push_back({4, 12, channels, channels, 2, 7, 3, 1, 0, 3, 1, 1, channels});
    all.push_back({2, 23, channels, channels, 1, 4, 1, 1, 0, 2, 1, 1, channels});
    all.push_back({2, 3, channels, channels, 1, 1, 1, 1, 0, 0, 1, 1, channels});
  }
  all.push_back({8, 9, 64, 64, 8, 8, 1, 1, 3, 4, 1, 1, 64});  // the maximum number of taps
  for (const int filters : {1, 3, 4, 5, 7, 8}) all.push_back({1, 213, 1, filters, 1, 9, 1, 2});
  all.push_back({1, 103, 7, 20, 1, 5, 1, 2, 0, 0, 1, 50});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvI8, testing::ValuesIn(all_tile_cases()));

// Up to 5 rows fit. A layer joins rows in equal groups: 3 of its 6 rows, none of 7, 5 of 10. A call with fewer rows
// than the layer may join more.
TEST(JoinedRows, FitTheScratchOfALayerWithMoreRows) {
  using Tiles = Tiles512<ByteTiles>;
  const auto layer = [](int height) { return test::ConvCase{height, 20, 80, 5, 1, 1}.shape(); };
  const int joined[] = {1, 2, 3, 4, 5, 3, 1, 4, 3, 5, 1, 4};
  for (int height = 1; height <= 12; ++height) {
    const ConvShape call = with_joined_rows<Tiles>(layer(height));
    EXPECT_EQ(call.out_w, 20 * joined[height - 1]) << height;
    EXPECT_EQ(call.out_h * call.out_w, 20 * height);
    for (int more = height; more <= 12; ++more) {
      EXPECT_LE(std::size_t(call.in_w) * 80 + 3, band_bytes<Tiles>(layer(more))) << height << ' ' << more;
    }
  }
}

// A call may hold all of its rows, although its layer has too many.
TEST(HeldRows, FitTheScratchOfALayerWithMoreRows) {
  using Tiles = Tiles512<ByteTiles>;
  const auto layer = [](int height) { return test::ConvCase{height, 100, 260, 260, 3, 3, 1, 1, 1, 1}.shape(); };
  for (int height = 2; height <= 12; ++height) {
    EXPECT_EQ(holds_all_rows<Tiles>(layer(height)), height + 2 <= (1 << 18) / (102 * 260)) << height;
    if (!holds_all_rows<Tiles>(layer(height))) continue;
    for (int more = height; more <= 12; ++more) {
      EXPECT_LE(std::size_t(height + 2) * 102 * 260, band_bytes<Tiles>(layer(more))) << height << ' ' << more;
    }
  }
}

// Runs one row of outputs per call. The input lacks the last rows.
TEST(DenseBlocks, RunFewerRowsThanWerePrepared) {
  using Args = ConvI8Args<std::int8_t, std::int8_t>;
  const test::ConvI8Operands operands({3, 4, 5, 33, 3, 4});
  int ran = 0;
  test::for_each_variant(conv_i8_variants(), operands.k.shape(), [&](const Variant<Args>& variant) {
    if (std::string_view(variant.form) != "dense") return;
    ++ran;
    for (const int rows : {2, 1}) EXPECT_EQ(operands.run(variant, rows), operands.run(conv_i8_variants()[0], rows));
  });
  if (ran == 0) GTEST_SKIP() << "no kernel for fully connected layers runs on this processor";
}

INSTANTIATE_TEST_SUITE_P(Groups, ConvI8, testing::ValuesIn(test::grouped_cases()));

TEST(ConvI8Variants, RunGroupsOnVectors) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni}) {
#elif defined(__aarch64__)
  for (const Isa isa : {Isa::kNeon}) {
#else
  for (const Isa isa : {Isa::kScalar}) {
#endif
    EXPECT_TRUE(test::has_grouped_variant(conv_i8_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_grouped_variant(conv_i8_from_i16_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_grouped_variant(conv_i8_i16_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_grouped_variant(conv_i8_bits_variants(), isa)) << to_string(isa);
  }
}

TEST(ConvI8Variants, EveryOneThisPlatformShouldHaveIsCompiledIn) {
#if defined(__x86_64__)
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni}) {
    EXPECT_TRUE(test::has_variant(conv_i8_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_variant(conv_i8_from_i16_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_variant(conv_i8_i16_variants(), isa)) << to_string(isa);
    EXPECT_TRUE(test::has_variant(conv_i8_bits_variants(), isa)) << to_string(isa);
  }
#elif defined(__aarch64__)
  EXPECT_TRUE(test::has_variant(conv_i8_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_from_i16_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_i16_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_bits_variants(), Isa::kNeon));
  EXPECT_TRUE(test::has_variant(conv_i8_variants(), Isa::kNeonDot));
#endif
}

// The vector rescale takes other steps for the largest sums and shifts, no shift, and ties of both signs. 1x1, weight
// 1, input 0: the bias is the sum.
TEST(ConvI8Rescale, IsExactAtItsLimits) {
  constexpr std::int32_t kLargest = (1 << 30) - 1;
  const std::vector<std::int32_t> sums = {kLargest, -kLargest, -kLargest - 1, 0,     1, -1, 2, -2, 3, -3,
                                          5,        -5,        12345,         -12345};
  for (const std::int32_t multiplier : {0, 1 << 30, (1 << 30) + 1, 2147483647}) {
    for (const std::int32_t shift : {0, -1, -2, -5, -30, -31, 1, 8}) {
      std::vector<std::int32_t> bias = sums;
      for (std::int32_t& b : bias) b >>= shift > 0 ? shift : 0;
      const auto channels = static_cast<int>(bias.size());
      const test::ConvCase k{1, 1, 1, channels, 1, 1};
      const std::vector<std::int8_t> weights(bias.size(), 1);
      const std::vector<std::int32_t> multipliers(bias.size(), multiplier), shifts(bias.size(), shift);
      const std::int16_t input = 0;
      std::vector<std::int16_t> want;
      for (const std::int32_t b : bias) {
        const auto q = test::rescale_by_definition(b, multiplier, shift);
        want.push_back(static_cast<std::int16_t>(q < -32768 ? -32768 : q > 32767 ? 32767 : q));
      }
      test::for_each_variant(conv_i8_i16_variants(), k.shape(), [&](const auto& variant) {
        std::vector<std::int16_t> out(bias.size());
        test::run_variant<ConvI8Args<std::int16_t, std::int16_t>>(
            variant, {k.shape(), weights.data(), bias.data(), multipliers.data(), shifts.data(), &input, out.data(), 0,
                      0, -32768, 32767});
        EXPECT_EQ(out, want) << multiplier << ' ' << shift;
      });
    }
  }
}

// For int8 outputs, four vectors at a time are narrowed to bytes. Also for fully connected layers.
TEST(ConvI8Rescale, SaturatesInBytes) {
  constexpr std::int32_t kLargest = (1 << 30) - 1;
  const std::vector<std::int32_t> bias = {kLargest, -kLargest, -kLargest - 1, 0,    32768, -32769, 33000, -33000,
                                          40000,    -40000,    227,           -228, 228,   -229,   127,   -128};
  const std::vector<std::int8_t> weights(bias.size(), 1);
  for (const std::int32_t shift : {0, -1, -2, -16, -31}) {
    const std::vector<std::int32_t> multipliers(bias.size(), 2147483647), shifts(bias.size(), shift);
    for (const int width : {1, 4, 8, 16}) {
      for (const int zero_point : {-128, 100, 127}) {
        const test::ConvCase k{1, width, 1, static_cast<int>(bias.size()), 1, 1};
        const std::vector<std::int8_t> input(k.inputs(), 0);
        std::vector<std::int8_t> want;
        for (std::size_t i = 0; i < k.outputs(); ++i) {
          const auto q = zero_point + test::rescale_by_definition(bias[i % bias.size()], 2147483647, shift);
          want.push_back(static_cast<std::int8_t>(q < -128 ? -128 : q > 127 ? 127 : q));
        }
        test::for_each_variant(conv_i8_variants(), k.shape(), [&](const auto& variant) {
          std::vector<std::int8_t> out(want.size());
          test::run_variant<ConvI8Args<std::int8_t, std::int8_t>>(
              variant, {k.shape(), weights.data(), bias.data(), multipliers.data(), shifts.data(), input.data(),
                        out.data(), 0, zero_point, -128, 127});
          EXPECT_EQ(out, want) << width << ' ' << shift << ' ' << zero_point;
        });
      }
    }
  }
}

// Only prepared weights and scratch are aligned.
TEST(ConvI8Memory, InputAndOutputMayLieAnywhere) {
  const test::ConvCase k{3, 9, 7, 20, 3, 3, 1, 1, 1, 1};
  const Operands<std::int8_t> operands(k, 3);
  const auto want = expected<std::int8_t>(k, operands);
  test::for_each_variant(conv_i8_variants(), k.shape(), [&](const auto& variant) {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::vector<std::int8_t> input(shift, -1), out(shift + want.size() + 1, kByteCanary);
      input.insert(input.end(), operands.input.begin(), operands.input.end());
      test::run_variant<ConvI8Args<std::int8_t, std::int8_t>>(
          variant,
          {k.shape(), operands.weights.data(), operands.bias.data(), operands.multiplier.data(), operands.shift.data(),
           input.data() + shift, out.data() + shift, 3, kOutZeroPoint, kMinimum, kMaximum});
      std::vector<std::int8_t> around(shift, kByteCanary);
      around.insert(around.end(), want.begin(), want.end());
      around.push_back(kByteCanary);
      EXPECT_EQ(out, around) << shift;
    }
  });
}

// Padding is the zero point, not 0. If the input equals the zero point, every output is the bias.
TEST(ConvI8Borders, PaddingIsTheZeroPoint) {
  const test::ConvCase k{4, 4, 2, 1, 3, 3, 1, 1, 1, 1};
  const std::vector<std::int8_t> weights(k.weights(), 50), input(k.inputs(), 9);
  const std::int32_t bias = 40, multiplier = 1 << 30, shift = 0;
  test::for_each_variant(conv_i8_variants(), k.shape(), [&](const auto& variant) {
    std::vector<std::int8_t> out(k.outputs());
    test::run_variant<ConvI8Args<std::int8_t, std::int8_t>>(
        variant, {k.shape(), weights.data(), &bias, &multiplier, &shift, input.data(), out.data(), 9, 0, -128, 127});
    EXPECT_EQ(out, std::vector<std::int8_t>(k.outputs(), 20));
  });
}

}  // namespace
}  // namespace stapes
