#include "kernels/conv_i8/conv_i8_sparse.h"

namespace stapes {
namespace {

constexpr Variant<ConvI8SparseArgs<int8_t>> kFromI8[] = {
    {.isa = Isa::kScalar, .run = conv_i8_sparse_scalar},
};

constexpr Variant<ConvI8SparseArgs<int16_t>> kFromI16[] = {
    {.isa = Isa::kScalar, .run = conv_i8_sparse_from_i16_scalar},
};

}  // namespace

Variants<ConvI8SparseArgs<int8_t>> conv_i8_sparse_variants() noexcept { return all_of(kFromI8); }
Variants<ConvI8SparseArgs<int16_t>> conv_i8_sparse_from_i16_variants() noexcept { return all_of(kFromI16); }

}  // namespace stapes
