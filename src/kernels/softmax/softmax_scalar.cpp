// SPDX-License-Identifier: Apache-2.0
// Qn: an integer with n fraction bits. A product of Qa and Qb by rounding_doubling_high_mul() is Q(a + b - 31).
#include "kernels/kernel.h"
#include "kernels/requantize.h"
#include "kernels/softmax/softmax.h"

namespace stapes {
namespace {

constexpr int32_t kSoftmaxBits = 26, kLogisticBits = 27;  // fraction bits of exponents down to -32 and -16

// round(2^31 * e^-(2^k)), k = -2 to 4.
constexpr int32_t kExpOfMinusPower[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};

// e^a for -1/4 <= a < 0, Q31 to Q31: the Taylor polynomial of degree 4 around -1/8.
int32_t exp_within_quarter(int32_t a) {
  constexpr int32_t kExpOfMinusEighth = 1895147668, kThird = 715827883;  // Q31
  const int32_t x = a + (int32_t{1} << 28);
  const int32_t x2 = rounding_doubling_high_mul(x, x);
  const int32_t x3 = rounding_doubling_high_mul(x2, x);
  const int32_t x4 = rounding_doubling_high_mul(x2, x2);
  // (x^4 / 4 + x^3) / 3 + x^2 is twice x^2 / 2 + x^3 / 6 + x^4 / 24
  const int32_t cubic = rounding_divide_by_power_of_two(x4, 2) + x3;
  const int32_t twice = rounding_doubling_high_mul(cubic, kThird) + x2;
  const int32_t rise = x + rounding_divide_by_power_of_two(twice, 1);
  return kExpOfMinusEighth + rounding_doubling_high_mul(kExpOfMinusEighth, rise);
}

// e^a for a <= 0 in Q`bits`, as Q31; 1 is INT32_MAX. The polynomial covers the fraction of a quarter in `a`. The rest
// is a whole number of quarters: each binary digit contributes a factor from the table.
int32_t exp_of_negative(int32_t a, int32_t bits) {
  if (a == 0) return INT32_MAX;
  const int32_t quarter = int32_t{1} << (bits - 2);
  const int32_t part = (a & (quarter - 1)) - quarter;
  const int32_t quarters = (part - a) >> (bits - 2);
  int32_t result = exp_within_quarter(part * (int32_t{1} << (31 - bits)));
  for (int32_t k = 0; quarters >> k != 0; ++k) {
    if ((quarters >> k & 1) != 0) result = rounding_doubling_high_mul(result, kExpOfMinusPower[k]);
  }
  return result;
}

// 1 / (1 + a) for 0 <= a < 1 in Q31, as Q31, from x = 1 / d, d = (1 + a) / 2. Newton: x += x * (1 - d * x), starting at
// x = (48 - 32 d) / 17. Relative error: at most 1/17, after three steps 17^-8.
int32_t reciprocal_of_one_plus(int32_t a) {
  constexpr int32_t k48Over17 = 1515870810, k32Over17 = 1010580540, kOne = int32_t{1} << 29;  // Q29
  const int32_t d = static_cast<int32_t>((static_cast<int64_t>(a) + (int64_t{1} << 31)) / 2);
  int32_t x = k48Over17 + rounding_doubling_high_mul(d, -k32Over17);
  for (int32_t step = 0; step < 3; ++step) {
    const int32_t error = kOne - rounding_doubling_high_mul(d, x);
    x += rounding_doubling_high_mul(x, error) * 4;  // Q27 to Q29
  }
  return x >= int32_t{1} << 30 ? INT32_MAX : x * 2;  // x / 2 in Q31
}

// The output for a value in Q(8 + shift).
int8_t to_output(int32_t value, int32_t shift) {
  const int32_t q = rounding_divide_by_power_of_two(value, shift);
  return static_cast<int8_t>((q > 255 ? 255 : q) - 128);
}

// e^(s * diff) for diff_min <= diff <= 0.
int32_t exp_of_difference(const SoftmaxArgs& a, int32_t diff) {
  return exp_of_negative(rounding_doubling_high_mul(diff * (int32_t{1} << a.shift), a.multiplier), kSoftmaxBits);
}

void softmax_of_position(const SoftmaxArgs& a, const int8_t* input, int8_t* output) {
  int32_t largest = input[0];
  for (int32_t c = 1; c < a.channels; ++c) largest = input[c] > largest ? input[c] : largest;

  uint32_t sum = 0;  // Q19, at least 1
  for (int32_t c = 0; c < a.channels; ++c) {
    const int32_t diff = input[c] - largest;
    if (diff < a.diff_min) continue;
    sum += static_cast<uint32_t>(rounding_divide_by_power_of_two(exp_of_difference(a, diff), 12));
  }
  int32_t exponent = 12;  // sum = (1 + fraction) * 2^exponent
  for (; sum < uint32_t{1} << 31; sum <<= 1) --exponent;
  const int32_t reciprocal = reciprocal_of_one_plus(static_cast<int32_t>(sum - (uint32_t{1} << 31)));

  for (int32_t c = 0; c < a.channels; ++c) {
    const int32_t diff = input[c] - largest;
    const int32_t value = diff < a.diff_min ? 0 : rounding_doubling_high_mul(reciprocal, exp_of_difference(a, diff));
    output[c] = to_output(value, 31 - 8 + exponent);
  }
}

// Newton's method yields 1 / (1 + e^-|x|). For x <= 0 the result is 1 minus this value.
int32_t logistic_of(int32_t x) {
  const int32_t above = reciprocal_of_one_plus(exp_of_negative(x > 0 ? -x : x, kLogisticBits));
  return x > 0 ? above : INT32_MAX - above;
}

}  // namespace

STAPES_KERNEL void softmax_scalar(const SoftmaxArgs& a) noexcept {
  const int8_t* input = a.input;
  int8_t* output = a.output;
  for (int32_t p = 0; p < a.positions; ++p, input += a.channels, output += a.channels) {
    softmax_of_position(a, input, output);
  }
}

STAPES_KERNEL void logistic_scalar(const LogisticArgs& a) noexcept {
  for (int32_t i = 0; i < a.count; ++i) {
    const int32_t x = a.input[i] - a.zero_point;
    int32_t value = x > 0 ? INT32_MAX : 0;
    if (x > -a.range_radius && x < a.range_radius) {
      value = logistic_of(rounding_doubling_high_mul(x * (int32_t{1} << a.shift), a.multiplier));
    }
    a.output[i] = to_output(value, 31 - 8);
  }
}

}  // namespace stapes
