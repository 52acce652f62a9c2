// SPDX-License-Identifier: Apache-2.0
#include "kernels/add/add.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "kernels/conv_oracle.h"
#include "kernels/rescale_oracle.h"

namespace stapes {
namespace {

Philox random_numbers() { return Philox(21, Philox::Purpose::kTest); }

TEST(Add, AddsFloatsAndKeepsWhatReluLeaves) {
  const std::vector<float> a = {1, -2, 0.5f, 5}, b = {2, 1, -1.5f, 1.25f};
  std::vector<float> out(5, 77);
  AddF32Args args{.input = a.data(), .other = b.data(), .output = out.data(), .count = 4, .relu = false};
  add_f32_scalar(args);
  EXPECT_EQ(out, (std::vector<float>{3, -1, -1, 6.25f, 77}));
  args.relu = true;
  add_f32_scalar(args);
  EXPECT_EQ(out, (std::vector<float>{3, 0, 0, 6.25f, 77}));
  args.relu6 = true;
  add_f32_scalar(args);
  EXPECT_EQ(out, (std::vector<float>{3, 0, 0, 6, 77}));
}

// Every pair of values, in exact arithmetic.
TEST(Add, FollowsTheTfliteRulesInInt8) {
  std::vector<std::int8_t> a, b, out(65536);
  for (int i = 0; i < 65536; ++i) {
    a.push_back(static_cast<std::int8_t>(i % 256 - 128));
    b.push_back(static_cast<std::int8_t>(i / 256 - 128));
  }
  const AddI8Args args{.input = a.data(),
                       .other = b.data(),
                       .output = out.data(),
                       .count = 65536,
                       .a = {-128, 1 << 30, 0},
                       .b = {7, 1'900'000'001, -3},
                       .multiplier = 1'500'000'007,
                       .shift = -19,
                       .out_zero_point = -20,
                       .minimum = -20,
                       .maximum = 127};
  add_i8_scalar(args);
  const auto grid = [](int q, const AddI8Branch& branch) {
    return test::rescale_by_definition((std::int64_t{q} - branch.zero_point) << 20, branch.multiplier, branch.shift);
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t sum = grid(a[i], args.a) + grid(b[i], args.b);
    const std::int64_t want = -20 + test::rescale_by_definition(sum, args.multiplier, args.shift);
    ASSERT_EQ(out[i], std::clamp<std::int64_t>(want, -20, 127)) << int{a[i]} << " + " << int{b[i]};
  }
}

struct AddFactors {
  AddI8Branch a, b;
  std::int32_t multiplier, shift;
};

std::vector<std::int8_t> add_all_pairs(const AddFactors& factors, std::int32_t minimum,
                                       void (*kernel)(const AddI8Args&) noexcept) {
  std::vector<std::int8_t> a, b, out(65536 + 1, 99);
  for (int i = 0; i < 65536; ++i) {
    a.push_back(static_cast<std::int8_t>(i % 256 - 128));
    b.push_back(static_cast<std::int8_t>(i / 256 - 128));
  }
  kernel({.input = a.data(),
          .other = b.data(),
          .output = out.data(),
          .count = 65536,
          .a = factors.a,
          .b = factors.b,
          .multiplier = factors.multiplier,
          .shift = factors.shift,
          .out_zero_point = -20,
          .minimum = minimum,
          .maximum = 127});
  EXPECT_EQ(out.back(), 99) << "wrote past the last output";
  return out;
}

TEST(Add, IsTheSameInEveryVariant) {
  std::vector<AddFactors> all = {{{-128, 1 << 30, 0}, {7, 1'900'000'001, -3}, 1'500'000'007, -19},
                                 {{5, 1'234'567'891, -1}, {-9, 1 << 30, 0}, 1'073'741'825, -18},
                                 {{0, 1 << 30, 0}, {0, 1 << 30, 0}, 2'147'483'647, -20},
                                 {{127, 2'000'000'003, -2}, {127, 1'100'000'003, -5}, 1'700'000'001, -17}};
  // 16-bit halves at their limits (add_i8_avx512vnni.cpp).
  for (const std::int32_t multiplier :
       {0x40000000, 0x40007fff, 0x40008000, 0x40008001, 0x4000ffff, 0x7fff7fff, 0x7fff8000, 0x7fff8001, 0x7fffffff}) {
    all.push_back({{-128, 1 << 30, 0}, {127, multiplier, 0}, 1'500'000'007, -19});
    all.push_back({{-128, multiplier, -4}, {-128, 1 << 30, 0}, 1'500'000'007, -19});
  }
  for (const AddFactors& factors : all) {
    for (const std::int32_t minimum : {-128, -20}) {
      const auto want = add_all_pairs(factors, minimum, add_i8_scalar);
      for (const auto& variant : add_i8_variants()) {
        if (variant.run == nullptr || !Cpu::detect().can_run(variant.isa)) continue;
        EXPECT_EQ(add_all_pairs(factors, minimum, variant.run), want) << to_string(variant.isa);
      }
    }
  }
}

AddI8Args with_factors(const AddFactors& factors, std::int32_t minimum = -128) {
  return {.input = nullptr,
          .other = nullptr,
          .output = nullptr,
          .count = 1,
          .a = factors.a,
          .b = factors.b,
          .multiplier = factors.multiplier,
          .shift = factors.shift,
          .out_zero_point = 0,
          .minimum = minimum,
          .maximum = 127};
}

// Counts around each lane count. An addition may overwrite either input (runtime/overlap.h).
TEST(Add, AnyCountOverEitherInputIsTheSameInEveryVariant) {
  Philox random = random_numbers();
  AddI8Args args = with_factors({{-3, 1 << 30, 0}, {7, 1'900'000'001, -3}, 1'500'000'007, -19});
  for (int count = 0; count <= 67; ++count) {
    const auto size = static_cast<std::size_t>(count);
    const auto a = test::random_integers<std::int8_t>(random, size + 1, -128, 127);
    const auto b = test::random_integers<std::int8_t>(random, size + 1, -128, 127);
    std::vector<std::int8_t> want = a;
    args.count = count;
    args.input = a.data();
    args.other = b.data();
    args.output = want.data();
    add_i8_scalar(args);
    for (const auto& variant : add_i8_variants()) {
      if (variant.run == nullptr || !Cpu::detect().can_run(variant.isa)) continue;
      std::vector<std::int8_t> over_a = a, over_b = b;
      args.input = args.output = over_a.data();
      args.other = b.data();
      variant.run(args);
      EXPECT_EQ(over_a, want) << to_string(variant.isa) << ", " << count;
      args.input = a.data();
      args.other = args.output = over_b.data();
      variant.run(args);
      want.back() = over_b.back() = 0;  // the byte after the outputs keeps its old value
      EXPECT_EQ(over_b, want) << to_string(variant.isa) << ", " << count;
      want.back() = a.back();
    }
  }
}

TEST(Add, OnArmDspIsForOneBranchOfHalf) {
  const AddI8Branch half{0, 1 << 30, 0}, third{3, 1'431'655'765, -1};
  const auto isa = [](const AddI8Args& args) {
    const auto variants = add_i8_variants();
    return variants[pick(variants, {}, Cpu::having(Isa::kArmDsp), &args)].isa;
  };
  EXPECT_EQ(isa(with_factors({half, third, 1 << 30, -18})), Isa::kArmDsp);
  EXPECT_EQ(isa(with_factors({third, half, 1 << 30, -22})), Isa::kArmDsp);
  EXPECT_EQ(isa(with_factors({third, half, 1 << 30, -23})), Isa::kPlain);
  EXPECT_EQ(isa(with_factors({third, half, 1 << 30, 0})), Isa::kPlain);
  EXPECT_EQ(isa(with_factors({half, half, 1 << 30, -18})), Isa::kPlain);
  EXPECT_EQ(isa(with_factors({third, third, 1 << 30, -18})), Isa::kPlain);
  EXPECT_EQ(isa(with_factors({half, third, 1 << 30, -18}, -100)), Isa::kPlain);
}

template <class Other>
void expect_weighted_sums(void (*kernel)(const AddI32Args<Other>&) noexcept, int largest) {
  constexpr int kPositions = 5, kChannels = 37;
  Philox random = random_numbers();
  const auto a = test::random_integers<std::int16_t>(random, kPositions * kChannels, -4608, 4608);
  const auto b = test::random_integers<Other>(random, kPositions * kChannels, -largest, largest);
  const auto alpha = test::random_integers<std::int32_t>(random, kChannels, -30000, 30000);
  const auto beta = test::random_integers<std::int32_t>(random, kChannels, 0, 900);
  for (const bool relu : {false, true}) {
    std::vector<std::int32_t> out(kPositions * kChannels + 1, 77);
    kernel({a.data(), b.data(), out.data(), alpha.data(), beta.data(), kPositions, kChannels, relu});
    EXPECT_EQ(out.back(), 77) << "wrote past the last output";
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::int64_t sum = std::int64_t{a[i]} * alpha[i % kChannels] + std::int64_t{b[i]} * beta[i % kChannels];
      ASSERT_EQ(out[i], relu ? std::max<std::int64_t>(0, sum) : sum);
    }
  }
}

TEST(Add, WeighsTheBranchesOfAStreamByChannel) {
  expect_weighted_sums<std::int16_t>(add_i32_from_i16_scalar, 32767);
  expect_weighted_sums<std::int32_t>(add_i32_from_i32_scalar, 2'000'000);
}

}  // namespace
}  // namespace stapes
