// SPDX-License-Identifier: Apache-2.0
// Loops and layout of paired kernels, for cores that this test does not run on. A standard C++ machine finds weights by
// place_of(), like the instructions.
#include "kernels/loops/paired/paired_conv.h"

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/int8_layer.h"
#include "kernels/loops/paired/paired_variant.h"
#include "kernels/variant_runner.h"

namespace stapes {
namespace {

using ConvBytes = ConvI8Args<std::int8_t, std::int8_t>;

// The sums of a pair of filters at one position, modulo 2^32.
class PairSums {
 public:
  void add(std::int32_t weight, std::int32_t x) {
    both_ += static_cast<std::uint32_t>(weight * x);
    lower_ += static_cast<std::uint32_t>(static_cast<std::int8_t>(weight) * x);
  }
  void finish(const PairedFinish* finish, std::int8_t* output) const {
    output[0] = finished(static_cast<std::int32_t>(lower_), finish[0]);
    output[1] = finished(static_cast<std::int32_t>(both_ - lower_) / 256, finish[1]);
  }

 private:
  static std::int8_t finished(std::int32_t sum, const PairedFinish& f) {
    const std::int32_t x2 = f.twice_bias + 2 * sum;
    const auto high = static_cast<std::int32_t>((std::int64_t{x2} * f.multiplier + (std::int64_t{1} << 31)) >> 32);
    return clamp_to<std::int8_t>((f.offset + high - (x2 < 0 ? 1 : 0)) >> f.right, -128, 127);
  }

  std::uint32_t both_ = 0, lower_ = 0;
};

// Tiles are [run][position].
struct PairedByPlace {
  using Element = std::int16_t;
  static constexpr std::int32_t kPositions = kPairedPositions;

  static Element* widen(const std::int8_t* const* from, std::int32_t count, std::int32_t zero_point, Element* to) {
    EXPECT_EQ(count % kGatherChunk, 0);
    for (int i = 0; i < count; ++i) {
      for (int p = 0; p < kPairedPositions; ++p) *to++ = static_cast<Element>(from[p][i] - zero_point);
    }
    return to;
  }

  class Tile {
   public:
    Tile(const std::int32_t* zeros, std::int32_t run, std::size_t pair_bytes, const void* prepared, std::int32_t pairs)
        : zeros_(zeros), run_(run), pair_bytes_(pair_bytes), prepared_(prepared), pairs_(pairs) {}

    void run(std::int8_t* output, std::int32_t second, std::int32_t third) const {
      const std::int32_t to[kPairedPositions] = {0, second, third};
      for (int i = 0; i < 2 * kPairedPositions; ++i) EXPECT_EQ(zeros_[i], 0);
      const auto* const elements = reinterpret_cast<const Element*>(zeros_ + 2 * kPairedPositions);
      for (int pair = 0; pair < pairs_; ++pair, output += 2) {
        const auto* const bytes =
            static_cast<const std::byte*>(prepared_) + static_cast<std::size_t>(pair) * pair_bytes_;
        const auto* const weights = reinterpret_cast<const std::int16_t*>(bytes);
        const auto* const finish = reinterpret_cast<const PairedFinish*>(weights + run_);
        for (int p = 0; p < kPairedPositions; ++p) run_position(weights, elements + p, finish, output + to[p]);
      }
    }

   private:
    void run_position(const std::int16_t* weights, const Element* x, const PairedFinish* finish,
                      std::int8_t* output) const {
      PairSums sums;
      for (int i = 0; i < run_; ++i) {
        const int chunk = i / kGatherChunk * kGatherChunk;
        sums.add(weights[chunk + ArmDspPairedSizes::place_of(i - chunk)], x[i * kPairedPositions]);
      }
      sums.finish(finish, output);
    }

    const std::int32_t* zeros_;
    std::int32_t run_;
    std::size_t pair_bytes_;
    const void* prepared_;
    std::int32_t pairs_;
  };
};

Variant<ConvBytes> paired() {
  return paired_variant<ArmDspPairedSizes>(Isa::kPlain,
                                           [](const ConvBytes& a) noexcept { paired_conv<PairedByPlace>(a); });
}

class PairedConv : public testing::TestWithParam<test::ConvCase> {};

TEST_P(PairedConv, EqualsTheDefinition) {
  if (!paired_suits(GetParam().shape())) return;
  test::Int8Layer operands(GetParam().shape());
  operands.expect_the_definition(paired());
}

INSTANTIATE_TEST_SUITE_P(Shapes, PairedConv, testing::ValuesIn(test::conv_cases()));

// ---- fully connected layers

struct PairedDenseByPlace {
  using Element = std::int16_t;

  static void load(const std::int8_t* from, std::int32_t count, std::int32_t zero_point, Element* to) {
    for (int i = 0; i < count; ++i) to[i] = static_cast<Element>(from[i] - zero_point);
    for (int i = count; i % kGatherChunk != 0; ++i) to[i] = 0;
  }
  static void run(const Element* x, std::int32_t run, std::size_t group_bytes, const unsigned char* prepared,
                  std::int32_t groups, std::int8_t* output) {
    for (int group = 0; group < groups; ++group, prepared += group_bytes, output += kPairedDenseFilters) {
      const auto* const weights = reinterpret_cast<const std::int16_t*>(prepared);
      const auto* const finish = reinterpret_cast<const PairedFinish*>(weights + run * 2);
      for (int pair = 0; pair < 2; ++pair) {
        PairSums sums;
        for (int i = 0; i < run; ++i) {
          const int place = ArmDspPairedSizes::place_of(i % kGatherChunk), half = i / kGatherChunk * 2 + place / 2;
          sums.add(weights[half * 4 + pair * 2 + place % 2], x[i]);
        }
        sums.finish(finish + 2 * pair, output + 2 * pair);
      }
    }
  }
};

TEST(PairedDense, EqualsTheDefinition) {
  for (const int inputs : {1, 3, 4, 5, 8, 12, 16, 17, 96, 129}) {
    for (const int outputs : {1, 2, 3, 4, 5, 8, 10}) {
      test::Int8Layer operands(test::ConvCase{1, 1, inputs, outputs, 1, 1}.shape());
      const auto variant = paired_dense_variant<ArmDspPairedSizes>(
          Isa::kPlain, [](const ConvBytes& a) noexcept { paired_dense<PairedDenseByPlace>(a); });
      EXPECT_TRUE(paired_accepts(operands.args()));
      EXPECT_EQ(operands.run(variant), operands.run(conv_i8_variants()[0])) << inputs << " to " << outputs;
    }
  }
}

// Tiles with a remainder; whole and partial chunks; padding on every side.
std::vector<test::ConvCase> paired_cases() {
  std::vector<test::ConvCase> all;
  for (const int width : {3, 4, 5, 6, 7}) {
    all.push_back({1, width, 8, 6, 1, 1});
    all.push_back({3, width, 3, 2, 1, 1});
    all.push_back({2, width, 4, 4, 3, 3, 1, 1, 1, 1});
    all.push_back({5, width, 3, 4, 3, 2, 2, 1, 1, 1});
  }
  for (const int channels : {1, 2, 3, 4, 5, 8, 12, 16, 20, 64}) {
    all.push_back({3, 3, channels, 4, 1, 1});
    all.push_back({5, 6, channels, 2, 3, 3, 1, 1, 1, 1});
    all.push_back({6, 7, channels, 2, 3, 3, 2, 2, 0, 0, 1, 1, 1, 1, 1});
  }
  all.push_back({49, 10, 1, 4, 10, 4, 2, 2, 4, 1, 1, 1, 1, 5, 1});  // first layer of a keyword spotter
  all.push_back({1, 20, 40, 6, 1, 3, 1, 1, 0, 0});
  return all;
}
INSTANTIATE_TEST_SUITE_P(Tiles, PairedConv, testing::ValuesIn(paired_cases()));

TEST(PairedConvs, RunSomeRowsOfALayer) {
  for (const int channels : {3, 8}) {
    ConvShape rows = test::ConvCase{5, 6, channels, 4, 3, 3, 1, 1, 1, 1}.shape();
    rows.pad_h = 0;  // taps of its last two rows lie below the input
    test::Int8Layer operands(rows);
    operands.expect_the_definition(paired());
  }
}

TEST(PairedConvs, AreExactForTheLargestSums) {
  for (const std::int32_t zero_point : {-128, 127}) {
    test::Int8Layer operands(test::ConvCase{1, 3, 256, 2, 1, 1}.shape());
    operands.in_zero_point = zero_point;
    operands.weights.assign(operands.weights.size(), zero_point < 0 ? std::int8_t{-127} : std::int8_t{127});
    operands.input.assign(operands.input.size(), static_cast<std::int8_t>(-zero_point - 1));
    operands.shift.assign(operands.shift.size(), -16);
    operands.expect_the_definition(paired());
  }
}

TEST(PairedConvs, RoundAtEveryShift) {
  for (int shift = 1; shift <= 22; ++shift) {
    test::Int8Layer operands(test::ConvCase{4, 25, 4, 8, 1, 1}.shape());
    operands.shift.assign(operands.shift.size(), -shift);
    for (std::int32_t& bias : operands.bias) bias *= 1 << (shift / 2);
    operands.expect_the_definition(paired());
  }
}

TEST(PairedConvs, TakeConstantChannelsOfAnyShift) {
  test::Int8Layer operands(test::ConvCase{2, 3, 4, 4, 1, 1}.shape());
  std::fill_n(operands.weights.begin() + 4, 8, std::int8_t{0});
  operands.bias = {100, -50, 300, 7};
  operands.multiplier = {1 << 30, 1 << 30, 1 << 30, 0};
  operands.shift = {-3, 1, 1, 0};
  operands.expect_the_definition(paired());
}

TEST(PairedConvs, RefuseWhatTheyCannotCompute) {
  test::Int8Layer operands(test::ConvCase{2, 3, 4, 4, 1, 1}.shape());
  EXPECT_TRUE(paired_accepts(operands.args()));
  ConvBytes args = operands.args();
  args.minimum = -127;
  EXPECT_FALSE(paired_accepts(args));
  for (const std::int32_t shift : {0, 3, -23}) {
    test::Int8Layer shifted = operands;
    shifted.shift[2] = shift;
    EXPECT_FALSE(paired_accepts(shifted.args())) << shift;
  }
  test::Int8Layer borrowed = operands;  // -128 * 256 - 1 has more than 16 bits
  borrowed.weights[4] = -128;
  borrowed.weights[0] = -1;
  EXPECT_FALSE(paired_accepts(borrowed.args()));
  borrowed.weights[0] = 1;
  EXPECT_TRUE(paired_accepts(borrowed.args()));

  test::Int8Layer large(test::ConvCase{1, 3, 260, 2, 1, 1}.shape());
  large.in_zero_point = -128;
  large.weights.assign(large.weights.size(), 127);  // 260 * 127 * 255 > 2^23
  EXPECT_FALSE(paired_accepts(large.args()));
  large.in_zero_point = 0;
  EXPECT_TRUE(paired_accepts(large.args()));
}

TEST(PairedConvs, SuitLayersWithoutPoolsAndGroups) {
  const ConvShape shape = test::ConvCase{4, 4, 4, 4, 3, 3}.shape();
  EXPECT_TRUE(paired_suits(shape));
  for (std::int32_t ConvShape::*const size : {&ConvShape::pool_h, &ConvShape::pool_w, &ConvShape::groups}) {
    ConvShape other = shape;
    other.*size = 2;
    EXPECT_FALSE(paired_suits(other));
  }
  ConvShape odd = shape;
  odd.out_c = 3;
  EXPECT_FALSE(paired_suits(odd));
  for (std::int32_t ConvShape::*const size : {&ConvShape::in_c, &ConvShape::kernel_h, &ConvShape::kernel_w}) {
    ConvShape large = shape;
    large.*size = 1 << 20;  // the largest that the reader accepts
    EXPECT_FALSE(paired_suits(large));
  }
}

}  // namespace
}  // namespace stapes
