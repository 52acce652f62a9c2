// SPDX-License-Identifier: Apache-2.0
// variant_runner.h: runs every variant of an operator that this processor has, in memory of exactly the required size.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "kernels/variant.h"

namespace stapes::test {

// Aligned to 64 bytes and filled with a pattern. Guard bytes at the end must not change.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t bytes)
      : bytes_(bytes), memory_(static_cast<std::byte*>(::operator new(bytes + kBorder, kAlignment))) {
    std::memset(data(), kPattern, bytes_ + kBorder);
  }
  std::byte* data() { return memory_.get(); }
  bool border_is_whole() const {
    for (std::size_t i = 0; i < kBorder; ++i) {
      if (memory_[bytes_ + i] != std::byte{kPattern}) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kBorder = 64;
  static constexpr unsigned char kPattern = 0xA5;
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, kAlignment); }
  };
  std::size_t bytes_;
  std::unique_ptr<std::byte[], Free> memory_;
};

// Prepares the weights and runs once, on `rows` input rows if not 0.
template <class Args>
void run_variant(const Variant<Args>& variant, Args args, int rows = 0) {
  const auto bytes = [&](auto size) { return size == nullptr ? 0 : size(args.shape); };
  GuardedBytes prepared(bytes(variant.prepared_bytes)), scratch(bytes(variant.scratch_bytes));
  if (variant.prepare != nullptr) {
    Args weights_only = args;
    weights_only.input = nullptr;
    weights_only.output = nullptr;
    variant.prepare(weights_only, prepared.data());
  }
  args.memory = {prepared.data(), scratch.data()};
  if (rows != 0) args.shape.in_h = rows;
  variant.run(args);
  EXPECT_TRUE(prepared.border_is_whole()) << "wrote past the prepared weights";
  EXPECT_TRUE(scratch.border_is_whole()) << "wrote past the scratch";
}

// Calls use(variant) for each variant that runs here, suits the shape and accepts any weights. Others have their own
// tests.
template <class Args, class Use>
void for_each_variant(const Variants<Args>& variants, const ConvShape& shape, const Use& use) {
  const Cpu cpu = Cpu::detect();
  for (const Variant<Args>& variant : variants) {
    if (!cpu.can_run(variant.isa) || (variant.suits != nullptr && !variant.suits(shape)) || variant.accepts != nullptr)
      continue;
    SCOPED_TRACE(to_string(variant.isa));
    use(variant);
  }
}

// A wrong #if would leave the variant out.
template <class Args>
bool has_variant(const Variants<Args>& variants, Isa isa) {
  for (const Variant<Args>& variant : variants) {
    if (variant.isa == isa) return true;
  }
  return false;
}

// The instruction set of the kernel that a machine with `isa` uses for 24 -> 24 channels in `groups` groups.
template <class Args>
Isa isa_for_groups(const Variants<Args>& variants, Isa isa, int32_t groups) {
  ConvShape shape{};
  shape.in_c = shape.out_c = 24;
  shape.groups = groups;
  return variants[pick(variants, shape, Cpu::having(isa))].isa;
}

// Whether `isa` has kernels for depthwise convolutions and groups of few filters.
template <class Args>
bool has_grouped_variant(const Variants<Args>& variants, Isa isa) {
  return isa_for_groups(variants, isa, 24) == isa && isa_for_groups(variants, isa, 4) == isa;
}

}  // namespace stapes::test
