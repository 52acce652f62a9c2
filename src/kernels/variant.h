// SPDX-License-Identifier: Apache-2.0
// variant.h: the implementations of one operator. <op>_variants.cpp lists them for load(), tests and benchmarks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/conv_shape.h"
#include "kernels/cpu.h"

namespace stapes {

// Memory that a variant needs besides its operands; null: none. Aligned to 64 bytes; only to 16 in exports and for
// scratch in plans for small cores (runtime/execution_plan.h).
struct KernelMemory {
  const void* prepared = nullptr;  // weights rearranged by prepare(); threads may share them
  void* scratch = nullptr;         // undefined between calls
};

// Vector kernels for groups copy each input channel for every filter that reads it (tiled/grouped_band.h). These limits
// on filters per group and on values bound the memory (docs/explanation/performance.md).
constexpr int32_t kMaxSpreadFilters = 16;
constexpr int64_t kMaxSpreadValues = int64_t{1} << 24;

static inline bool suits_grouped(const ConvShape& s) noexcept {
  if (s.groups <= 1 || s.out_c / s.groups > kMaxSpreadFilters) return false;
  const int64_t position = int64_t{s.in_c / s.groups} * s.out_c;  // values of one position, at most 2^61
  return position <= kMaxSpreadValues &&
         int64_t{s.in_h} * (int64_t{s.in_w} + s.pad_w + end_pad_w(s)) <= kMaxSpreadValues / position;
}

template <class Args>
struct Variant {
  Isa isa;
  void (*run)(const Args&) noexcept;  // null: not compiled here; listed for its weight layout
  // Bytes for a shape, enough also for fewer positions; null = none.
  size_t (*scratch_bytes)(const ConvShape&) noexcept = nullptr;
  size_t (*prepared_bytes)(const ConvShape&) noexcept = nullptr;
  // Fills the prepared memory from the weights and constants of `args`, not its input, output or memory. Later calls
  // may have other numbers of rows, and pad_h = 0 even if `args.shape` has padding. Taps may then lie below the last
  // row (docs/explanation/runtime.md, bands).
  void (*prepare)(const Args&, void* prepared) noexcept = nullptr;
  // Whether the variant can and should run a layer of this shape; null = any.
  bool (*suits)(const ConvShape&) noexcept = nullptr;
  // Distinguishes variants for one instruction set. The function is <op>_<form>_<isa>, or <op>_<isa>.
  const char* form = "";
  // Whether a header for exports, such as <op>_<isa>.h, has a template <function>_fixed<shape> with a constant shape.
  bool has_fixed = false;
  // Whether the variant can run a suitable shape with these weights and constants; null = any.
  bool (*accepts)(const Args&) noexcept = nullptr;
  // Whether the prepared memory also holds bias, multiplier and shift of each filter (TFLite rules), replacing the
  // arguments.
  bool prepares_constants = false;
};

// All variants, slowest first. The first is the scalar definition: it suits every shape and needs no prepared memory.
template <class Args>
struct Variants {
  const Variant<Args>* first;
  int count;

  const Variant<Args>& operator[](int i) const noexcept { return first[i]; }
  const Variant<Args>* begin() const noexcept { return first; }
  const Variant<Args>* end() const noexcept { return first + count; }
};

template <class Args, int kCount>
constexpr Variants<Args> all_of(const Variant<Args> (&variants)[kCount]) noexcept {
  return {variants, kCount};
}

// The last variant that `cpu` can run for this shape (its index). Without `args`, assumes weights that
// all variants accept.
template <class Args>
int pick(const Variants<Args>& variants, const ConvShape& shape, const Cpu& cpu, const Args* args = nullptr) noexcept {
  const auto is_for = [&](const Variant<Args>& v) {
    return cpu.can_run(v.isa) && (v.suits == nullptr || v.suits(shape)) &&
           (args == nullptr || v.accepts == nullptr || v.accepts(*args));
  };
  int best = variants.count - 1;
  while (best > 0 && !is_for(variants[best])) --best;
  return best;
}

}  // namespace stapes
