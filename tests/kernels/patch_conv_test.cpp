// SPDX-License-Identifier: Apache-2.0
// The loops and layout of patches. A standard C++ machine replaces the vectors.
#include "kernels/loops/patch/patch_conv.h"

#include <cstring>

#include "kernels/conv_i8_operands.h"
#include "kernels/requantize.h"

namespace stapes {
namespace {

using test::ConvCase;
using test::ConvI8Operands;

template <class Sizes>
struct PatchMachine : Sizes {
  static void copy(const std::int8_t* from, std::int32_t from_next, std::int32_t rows, std::int32_t count,
                   std::int8_t* to, std::int32_t to_next) {
    for (int row = 0; row < rows; ++row, from += from_next, to += to_next) {
      std::memcpy(to, from, static_cast<std::size_t>(count));
    }
  }
  static void fill(std::int8_t* to, std::int32_t count, std::int32_t value) {
    std::memset(to, value, static_cast<std::size_t>(count));
  }
  static void run(const PatchBlock<PatchMachine>& b) {
    const auto filters = b.end - b.first;
    EXPECT_EQ(filters % Sizes::kFilters, 0);
    const int chunks = (b.length + kPatchChunk - 1) / kPatchChunk;
    for (int p = 0; p < Sizes::kPositions; ++p) {
      for (std::ptrdiff_t f = 0; f < filters; ++f) {
        std::int32_t sum = b.first[f];
        for (int i = 0; i < b.length; ++i) {
          const std::ptrdiff_t chunk = f / Sizes::kFilters * chunks + i / kPatchChunk;
          sum += b.patch[p][i] *
                 b.weights[(chunk * Sizes::kFilters + f % Sizes::kFilters) * kPatchChunk + i % kPatchChunk];
        }
        b.sums[p * kPatchTile + f] = sum;
      }
    }
    for (int p = 0; p < Sizes::kPositions; ++p) {
      for (int f = 0; f < b.filters; ++f) {
        EXPECT_TRUE(b.shifts_left != 0 || b.shift[f] <= 0);
        const std::int32_t q = b.zero_point + rescale(b.sums[p * kPatchTile + f], b.multiplier[f], b.shift[f]);
        b.output[p][f] = clamp_to<std::int8_t>(q, b.minimum, b.maximum);
      }
    }
  }
};

template <class Sizes>
void expect_the_definition(const ConvI8Operands& operands) {
  const auto variant = patch_variant<Sizes>(Isa::kMve, "", [](const ConvI8Args<std::int8_t, std::int8_t>& a) noexcept {
    patch_conv<PatchMachine<Sizes>>(a);
  });
  if (!variant.suits(operands.k.shape())) return;
  EXPECT_EQ(operands.run(variant), operands.by_definition());
}

class PatchConv : public testing::TestWithParam<ConvCase> {};

TEST_P(PatchConv, ComputesWhatTheDefinitionDoes) {
  const ConvI8Operands operands(GetParam());
  expect_the_definition<MvePatchSizes>(operands);
  expect_the_definition<MveSinglePatchSizes>(operands);
}
TEST_P(PatchConv, ShiftsToTheLeft) { expect_the_definition<MvePatchSizes>(ConvI8Operands(GetParam(), -6, 3)); }

INSTANTIATE_TEST_SUITE_P(Shapes, PatchConv, testing::ValuesIn(test::conv_cases()));
// Sizes around a block of positions, a block of filters, a tile and a chunk.
INSTANTIATE_TEST_SUITE_P(Sizes, PatchConv,
                         testing::Values(ConvCase{1, 2, 16, 1, 1, 1}, ConvCase{1, 3, 15, 2, 1, 1},
                                         ConvCase{1, 4, 17, 3, 1, 1}, ConvCase{2, 3, 8, 63, 1, 1},
                                         ConvCase{1, 5, 8, 64, 1, 1}, ConvCase{1, 5, 8, 65, 1, 1},
                                         ConvCase{1, 2, 4, 130, 1, 1},
                                         ConvCase{5, 6, 7, 9, 1, 1, 2, 2},  // strided, not in place
                                         ConvCase{3, 9, 4, 6, 1, 1, 1, 2}, ConvCase{9, 6, 1, 7, 8, 4, 2, 2, 4, 1},
                                         ConvCase{7, 5, 3, 8, 3, 3, 2, 2}, ConvCase{3, 3, 6, 5, 3, 3},  // one position
                                         ConvCase{1, 1, 70, 67, 1, 1}, ConvCase{2, 2, 5, 4, 5, 5, 1, 1, 2, 2}));

TEST(PatchConvs, SuitWhatFits) {
  ConvShape shape = ConvCase{5, 6, 8, 9, 3, 3}.shape();
  EXPECT_TRUE(patch_suits<MvePatchSizes>(shape));
  EXPECT_FALSE(patch_suits<MveSinglePatchSizes>(shape));
  shape.in_c = 1 << 20;
  EXPECT_FALSE(patch_suits<MvePatchSizes>(shape));
  shape = ConvCase{5, 6, 8, 8, 3, 3, 1, 1, 0, 0, 1, 1, 8}.shape();
  EXPECT_FALSE(patch_suits<MvePatchSizes>(shape));
  shape = ConvCase{5, 6, 8, 9, 3, 3, 1, 1, 0, 0, 2, 2}.shape();
  EXPECT_FALSE(patch_suits<MvePatchSizes>(shape));
  EXPECT_TRUE(patch_suits<MveSinglePatchSizes>(ConvCase{3, 3, 8, 9, 3, 3}.shape()));
}

}  // namespace
}  // namespace stapes
