#include "kernels/conv_bits/conv_bits.h"

namespace stapes {
namespace {

constexpr Variant<ConvBitsArgs<uint32_t>> kToBits[] = {
    {.isa = Isa::kScalar, .run = conv_bits_scalar, .scratch_bytes = conv_bits_scalar_scratch_bytes},
};

constexpr Variant<ConvBitsArgs<int16_t>> kToSums[] = {
    {.isa = Isa::kScalar, .run = conv_bits_sums_scalar, .scratch_bytes = conv_bits_scalar_scratch_bytes},
};

}  // namespace

Variants<ConvBitsArgs<uint32_t>> conv_bits_variants() noexcept { return all_of(kToBits); }
Variants<ConvBitsArgs<int16_t>> conv_bits_sums_variants() noexcept { return all_of(kToSums); }

}  // namespace stapes
