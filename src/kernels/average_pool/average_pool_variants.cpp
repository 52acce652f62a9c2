// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool_i8_blocks.h"

namespace stapes {
namespace {

constexpr Variant<AveragePoolArgs<int8_t, int8_t>> kI8[] = {
    {Isa::kScalar, average_pool_i8_scalar},
    {.isa = Isa::kPlain, .run = average_pool_i8_plain, .accepts = pool_has_blocks},
    {.isa = Isa::kArmDsp, .run = nullptr, .accepts = pool_has_blocks},  // run only by what is exported
    {Isa::kMve, nullptr},
};

}  // namespace

Variants<AveragePoolArgs<int8_t, int8_t>> average_pool_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
