// SPDX-License-Identifier: Apache-2.0
// peak_loops.h: loops of only register arithmetic or only loads, to measure this machine's peak rates. As in
// src/kernels, each instruction set has its own file, without C++ library headers.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stapes/isa.h"

namespace stapes {

// Operand type. Sums are fp32 or int32. A binary product is one XOR and its share of a population count.
enum class Unit : uint8_t { kF32, kI16, kI8, kBits };
inline constexpr int kUnitCount = 4;

struct PeakLoop {
  Isa isa;
  Unit unit;
  uint32_t macs_per_step;
  // Returns a value that depends on all steps.
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

// Independent chains of additions per step of a vector loop, to hide latency. An addition takes a cycle or two. A fused
// multiply-add takes longer, so its loops use as many chains as the registers hold.
inline constexpr int kAddingChains = 6, kFusedChains = 20, kFusedChainsIn16Registers = 12;

}  // namespace stapes
