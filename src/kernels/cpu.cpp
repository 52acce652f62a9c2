// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace stapes {
namespace {

constexpr uint32_t bit(Isa isa) { return uint32_t{1} << static_cast<int>(isa); }

constexpr uint32_t needed_by(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return bit(Isa::kScalar);
    case Isa::kPlain:
      return needed_by(Isa::kScalar) | bit(isa);
    case Isa::kArmDsp:
      return needed_by(Isa::kPlain) | bit(isa);
    case Isa::kMve:
      return needed_by(Isa::kArmDsp) | bit(isa);
    case Isa::kRvZbb:
    case Isa::kAvx2:
      return needed_by(Isa::kPlain) | bit(isa);
    case Isa::kAvx512:
      return needed_by(Isa::kAvx2) | bit(isa);
    case Isa::kAvx512Vnni:
    case Isa::kAvx512Popcnt:
      return needed_by(Isa::kAvx512) | bit(isa);
    case Isa::kNeon:
    case Isa::kWasmSimd:
      return needed_by(Isa::kPlain) | bit(isa);
    case Isa::kNeonDot:
      return needed_by(Isa::kNeon) | bit(isa);
  }
  return 0;
}

constexpr bool is_of_small_cores(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
    case Isa::kPlain:
    case Isa::kArmDsp:
    case Isa::kMve:
    case Isa::kRvZbb:
      return true;
    case Isa::kAvx2:
    case Isa::kAvx512:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512Popcnt:
    case Isa::kNeon:
    case Isa::kNeonDot:
    case Isa::kWasmSimd:
      return false;
  }
  return false;
}

}  // namespace

const char* to_string(Isa isa) noexcept {
  switch (isa) {
    case Isa::kScalar:
      return "scalar";
    case Isa::kPlain:
      return "plain";
    case Isa::kArmDsp:
      return "arm-dsp";
    case Isa::kMve:
      return "mve";
    case Isa::kRvZbb:
      return "rv-zbb";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx512Vnni:
      return "avx512-vnni";
    case Isa::kAvx512Popcnt:
      return "avx512-popcnt";
    case Isa::kNeon:
      return "neon";
    case Isa::kNeonDot:
      return "neon-dot";
    case Isa::kWasmSimd:
      return "wasm-simd";
  }
  return "";
}

Cpu Cpu::detect() noexcept {
  uint32_t set = needed_by(Isa::kPlain);
#if defined(__x86_64__)
  // The builtins also check that the operating system saves the registers.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt")) {
    set |= bit(Isa::kAvx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
      set |= bit(Isa::kAvx512);
      if (__builtin_cpu_supports("avx512vnni")) set |= bit(Isa::kAvx512Vnni);
      if (__builtin_cpu_supports("avx512vpopcntdq")) set |= bit(Isa::kAvx512Popcnt);
    }
  }
#elif STAPES_HAVE_WASMSIMD
  set |= bit(Isa::kWasmSimd);  // a module with vector instructions loads only if they are supported
#elif defined(__aarch64__)
  set |= bit(Isa::kNeon);  // part of AArch64
#if defined(__linux__)
  // HWCAP_ASIMDDP.
  constexpr unsigned long kDotProduct = 1ul << 20;
  if ((getauxval(AT_HWCAP) & kDotProduct) != 0) set |= bit(Isa::kNeonDot);
#endif
#endif
  return Cpu(set);
}

Cpu Cpu::having(Isa isa) noexcept { return Cpu(needed_by(isa)); }

bool Cpu::is_small_core() const noexcept {
  for (int isa = 0; isa < kIsaCount; ++isa) {
    if (can_run(static_cast<Isa>(isa)) && !is_of_small_cores(static_cast<Isa>(isa))) return false;
  }
  return true;
}

Cpu Cpu::limited_to(Isa isa) const noexcept { return Cpu(set_ & needed_by(isa)); }

}  // namespace stapes
