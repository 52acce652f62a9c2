// SPDX-License-Identifier: Apache-2.0
// peak_loops.h: loops with only arithmetic in registers, or only loads. They measure the peak rate of one unit of this
// machine, for comparison with a kernel. One file per instruction set, as in src/kernels; those files include only C
// headers, intrinsics and this header.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stapes/isa.h"

namespace stapes {

// The type of the operands. Sums are fp32 or int32; a binary product is one XOR and its share of a population count.
enum class Unit : uint8_t { kF32, kI16, kI8, kBits };
inline constexpr int kUnitCount = 4;

struct PeakLoop {
  Isa isa;
  Unit unit;
  uint32_t macs_per_step;
  // Runs `steps` steps and returns a value that depends on all of them.
  uint32_t (*run)(uint32_t steps) noexcept;
};

// Reads every byte of [bytes, bytes + count) once. `bytes` is aligned to 64, `count` a multiple of kLoadBlock.
inline constexpr size_t kLoadBlock = 512;
struct LoadLoop {
  Isa isa;
  uint32_t (*run)(const uint8_t* bytes, size_t count) noexcept;
};

// All loops in this program, slowest instruction set first.
struct PeakLoops {
  const PeakLoop* first;
  int count;

  const PeakLoop* begin() const noexcept { return first; }
  const PeakLoop* end() const noexcept { return first + count; }
};
struct LoadLoops {
  const LoadLoop* first;
  int count;

  const LoadLoop* begin() const noexcept { return first; }
  const LoadLoop* end() const noexcept { return first + count; }
};
PeakLoops peak_loops() noexcept;
LoadLoops load_loops() noexcept;

uint32_t peak_f32_scalar(uint32_t steps) noexcept;
uint32_t peak_i16_scalar(uint32_t steps) noexcept;
uint32_t peak_i8_scalar(uint32_t steps) noexcept;
uint32_t peak_bits_scalar(uint32_t steps) noexcept;
uint32_t load_scalar(const uint8_t* bytes, size_t count) noexcept;

uint32_t peak_f32_avx2(uint32_t steps) noexcept;
uint32_t peak_i16_avx2(uint32_t steps) noexcept;
uint32_t peak_bits_avx2(uint32_t steps) noexcept;
uint32_t load_avx2(const uint8_t* bytes, size_t count) noexcept;

uint32_t peak_f32_avx512(uint32_t steps) noexcept;
uint32_t peak_i16_avx512(uint32_t steps) noexcept;
uint32_t peak_bits_avx512(uint32_t steps) noexcept;
uint32_t load_avx512(const uint8_t* bytes, size_t count) noexcept;

uint32_t peak_i16_avx512vnni(uint32_t steps) noexcept;
uint32_t peak_i8_avx512vnni(uint32_t steps) noexcept;
uint32_t peak_bits_avx512popcnt(uint32_t steps) noexcept;

uint32_t peak_f32_neon(uint32_t steps) noexcept;
uint32_t peak_i16_neon(uint32_t steps) noexcept;
uint32_t peak_i8_neon(uint32_t steps) noexcept;
uint32_t peak_bits_neon(uint32_t steps) noexcept;
uint32_t load_neon(const uint8_t* bytes, size_t count) noexcept;
uint32_t peak_i8_neondot(uint32_t steps) noexcept;

// A step of a vector loop has this many independent chains of additions, enough to hide the latency of an addition. An
// addition takes a cycle or two if the product is computed beforehand; a fused multiply-add takes longer, so those
// loops use as many chains as the registers hold.
inline constexpr int kAddingChains = 6, kFusedChains = 20, kFusedChainsIn16Registers = 12;

}  // namespace stapes
