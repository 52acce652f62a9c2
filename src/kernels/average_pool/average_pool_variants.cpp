// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool_i8_blocks.h"

namespace stapes {
namespace {

using Args = AveragePoolArgs<int8_t, int8_t>;

constexpr Variant<Args> plain_variant() noexcept {
  Variant<Args> variant{Isa::kPlain, average_pool_i8_plain};
  variant.accepts = pool_has_blocks;
  return variant;
}

constexpr Variant<Args> kI8[] = {
    {Isa::kScalar, average_pool_i8_scalar},
    plain_variant(),
    exported_variant<Args>(Isa::kArmDsp, pool_has_blocks),
    exported_variant<Args>(Isa::kMve),
};

}  // namespace

Variants<AveragePoolArgs<int8_t, int8_t>> average_pool_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
