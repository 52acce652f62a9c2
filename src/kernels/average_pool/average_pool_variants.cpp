// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool.h"

namespace stapes {
namespace {

constexpr Variant<AveragePoolArgs<int8_t, int8_t>> kI8[] = {
    {Isa::kScalar, average_pool_i8_scalar}, {Isa::kMve, nullptr},  // in exports only
};

}  // namespace

Variants<AveragePoolArgs<int8_t, int8_t>> average_pool_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
