// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool_i8_blocks.h"

namespace stapes {
namespace {

using Args = AveragePoolArgs<int8_t, int8_t>;

constexpr Variant<Args> for_blocks(Variant<Args> variant) noexcept {
  variant.accepts = pool_has_blocks;
  return variant;
}

constexpr Variant<Args> kI8[] = {
    {Isa::kScalar, average_pool_i8_scalar},
    for_blocks({Isa::kPlain, average_pool_i8_plain}),
    for_blocks({Isa::kArmDsp, nullptr}),  // null: run only by exports
    for_blocks({Isa::kMve, nullptr}),
};

}  // namespace

Variants<AveragePoolArgs<int8_t, int8_t>> average_pool_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
