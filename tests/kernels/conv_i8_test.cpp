#include "kernels/conv_i8/conv_i8.h"

#include "kernels/bits_oracle.h"
#include "kernels/conv_oracle.h"
#include "kernels/rescale_oracle.h"

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
    // From "all saturated" to "all zero"; 0 and left shifts where the sums leave room.
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
constexpr std::int8_t kCanary = 77;

template <class Input, class Output>
std::vector<Output> run(const test::ConvCase& k, const Operands<Input>& operands,
                        void (*kernel)(const ConvI8Args<Input, Output>&) noexcept) {
  std::vector<Output> out(k.outputs() + 1, kCanary);
  kernel({.shape = k.shape(),
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
  EXPECT_EQ(out.back(), kCanary) << "wrote past the last output";
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

class ConvI8 : public testing::TestWithParam<test::ConvCase> {};

TEST_P(ConvI8, EqualsTheDefinition) {
  for (const int zero_point : {-128, 3, 127}) {
    const Operands<std::int8_t> operands(GetParam(), zero_point);
    EXPECT_EQ(run(GetParam(), operands, conv_i8_scalar), expected<std::int8_t>(GetParam(), operands)) << zero_point;
  }
}

TEST_P(ConvI8, EqualsTheDefinitionOnPcm) {
  const Operands<std::int16_t> operands(GetParam(), 0);
  EXPECT_EQ(run(GetParam(), operands, conv_i8_from_i16_scalar), expected<std::int8_t>(GetParam(), operands));
}

TEST_P(ConvI8, EqualsTheDefinitionIn16Bits) {
  const Operands<std::int16_t> operands(GetParam(), 0);
  EXPECT_EQ(run(GetParam(), operands, conv_i8_i16_scalar), expected<std::int16_t>(GetParam(), operands));
}

TEST_P(ConvI8, DecidesOnTheSum) {
  const test::ConvCase& k = GetParam();
  const Operands<std::int16_t> operands(k, 0);
  Philox rng(9, Philox::Purpose::kTest);
  const std::size_t channels = Operands<std::int16_t>::channels(k);
  const auto falling = test::random_integers<std::uint8_t>(rng, channels, 0, 1);
  const auto sums = test::convolve_by_definition(k, operands.weights, operands.input);
  std::vector<std::int32_t> thresholds(channels);  // sums that occur: >=, not >
  for (std::size_t o = 0; o < channels; ++o) {
    thresholds[o] = static_cast<std::int32_t>(sums[o + sums.size() / channels / 2 * channels].sum);
  }
  std::vector<std::int8_t> signs;
  for (const auto& value : sums) {
    const std::size_t o = signs.size() % channels;
    signs.push_back(test::decide(value.sum, thresholds[o], falling[o] == 1));
  }
  const std::uint32_t canary = 0xDEADBEEF;
  std::vector<std::uint32_t> out(k.outputs() / channels * ((channels + 31) / 32) + 1, canary);
  conv_i8_bits_scalar({.shape = k.shape(),
                       .weights = operands.weights.data(),
                       .threshold = thresholds.data(),
                       .falling = falling.data(),
                       .input = operands.input.data(),
                       .output = out.data()});
  EXPECT_EQ(out.back(), canary) << "wrote past the last output";
  out.pop_back();
  EXPECT_EQ(out, test::pack_rows(signs, k.out_c));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvI8, testing::ValuesIn(test::conv_cases()));

// Padding is the zero point, not the number 0: a constant input equal to it gives the bias everywhere.
TEST(ConvI8Borders, PaddingIsTheZeroPoint) {
  const test::ConvCase k{4, 4, 2, 1, 3, 3, 1, 1, 1, 1};
  const std::vector<std::int8_t> weights(k.weights(), 50), input(k.inputs(), 9);
  const std::int32_t bias = 40, multiplier = 1 << 30, shift = 0;
  std::vector<std::int8_t> out(k.outputs());
  conv_i8_scalar({k.shape(), weights.data(), &bias, &multiplier, &shift, input.data(), out.data(), 9, 0, -128, 127});
  EXPECT_EQ(out, std::vector<std::int8_t>(k.outputs(), 20));
}

}  // namespace
}  // namespace stapes
