// SPDX-License-Identifier: Apache-2.0
#include "kernels/add/add.h"

namespace stapes {
namespace {

constexpr Variant<AddI8Args> kI8[] = {
    {Isa::kScalar, add_i8_scalar}, {Isa::kMve, nullptr},  // in exports only
};

}  // namespace

Variants<AddI8Args> add_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
