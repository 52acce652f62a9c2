// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_bits/conv_bits.h"
#include "kernels/conv_bits/conv_bits_depthwise.h"
#include "kernels/conv_bits/conv_bits_lanes.h"
#include "kernels/conv_bits/conv_bits_rvzbb.h"
#include "kernels/conv_bits/conv_bits_tables.h"
#include "kernels/conv_bits/conv_bits_tile.h"

namespace stapes {
namespace {

// kLanes filters at a time (conv_bits_layout.h).
template <int kLanes, class Output>
constexpr Variant<ConvBitsArgs<Output>> in_lanes(Isa isa, void (*run)(const ConvBitsArgs<Output>&) noexcept) {
  return {isa,
          run,
          conv_bits_scratch_bytes<kLanes>,
          conv_bits_prepared_bytes<kLanes>,
          conv_bits_prepare<kLanes, Output>,
          is_ungrouped};
}

// A template, to avoid unused-function warnings in builds without vector kernels.
template <class Output>
constexpr Variant<ConvBitsArgs<Output>> depthwise(Isa isa, void (*run)(const ConvBitsArgs<Output>&) noexcept) {
  return {isa, run, nullptr, depthwise_bits_prepared_bytes, depthwise_bits_prepare, suits_depthwise_bits, "depthwise"};
}

// 32 filters at a time, one per bit of a word.
template <class Output>
constexpr Variant<ConvBitsArgs<Output>> across_bits(void (*run)(const ConvBitsArgs<Output>&) noexcept) {
  return {Isa::kPlain,  run, lanes_scratch_bytes, lanes_prepared_bytes<Output>, prepare_lanes<Output>,
          is_ungrouped, "",  kGivesBits<Output>};
}

constexpr Variant<ConvBitsArgs<uint32_t>> kToBits[] = {
    {Isa::kScalar, conv_bits_scalar, conv_bits_scalar_scratch_bytes},
    across_bits(conv_bits_plain),
    {Isa::kPlain, conv_bits_tables_plain, tables_scratch_bytes, tables_prepared_bytes, prepare_tables, tables_suit,
     "tables", true},
    {Isa::kRvZbb,
     nullptr,  // run only by exports
     tap_rows_bytes, counted_prepared_bytes, prepare_counted, counted_suits, "", true},
#if STAPES_HAVE_AVX2
    in_lanes<8>(Isa::kAvx2, conv_bits_avx2),
    depthwise(Isa::kAvx2, conv_bits_depthwise_avx2),
#endif
#if STAPES_HAVE_AVX512POPCNT
    in_lanes<16>(Isa::kAvx512Popcnt, conv_bits_avx512popcnt),
    depthwise(Isa::kAvx512Popcnt, conv_bits_depthwise_avx512popcnt),
#endif
#if STAPES_HAVE_NEON
    in_lanes<4>(Isa::kNeon, conv_bits_neon),
    depthwise(Isa::kNeon, conv_bits_depthwise_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    in_lanes<4>(Isa::kWasmSimd, conv_bits_wasmsimd),
    depthwise(Isa::kWasmSimd, conv_bits_depthwise_wasmsimd),
#endif
};

constexpr Variant<ConvBitsArgs<int16_t>> kToSums[] = {
    {Isa::kScalar, conv_bits_sums_scalar, conv_bits_scalar_scratch_bytes},
    across_bits(conv_bits_sums_plain),
#if STAPES_HAVE_AVX2
    in_lanes<8>(Isa::kAvx2, conv_bits_sums_avx2),
#endif
#if STAPES_HAVE_AVX512POPCNT
    in_lanes<16>(Isa::kAvx512Popcnt, conv_bits_sums_avx512popcnt),
#endif
#if STAPES_HAVE_NEON
    in_lanes<4>(Isa::kNeon, conv_bits_sums_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    in_lanes<4>(Isa::kWasmSimd, conv_bits_sums_wasmsimd),
#endif
};

}  // namespace

Variants<ConvBitsArgs<uint32_t>> conv_bits_variants() noexcept { return all_of(kToBits); }
Variants<ConvBitsArgs<int16_t>> conv_bits_sums_variants() noexcept { return all_of(kToSums); }

}  // namespace stapes
