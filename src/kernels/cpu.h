// SPDX-License-Identifier: Apache-2.0
// cpu.h: the instruction sets that may be used.
#pragma once

#include <stdint.h>

#include "stapes/isa.h"

namespace stapes {

class Cpu {
 public:
  // What this processor and its operating system can run.
  static Cpu detect() noexcept;

  // A processor that runs only the scalar kernels.
  static Cpu scalar() noexcept { return Cpu(1); }

  // A machine with `isa` and the sets it requires, for exports.
  static Cpu having(Isa isa) noexcept;

  // Keeps only `isa`, the sets it requires and the scalar kernels.
  Cpu limited_to(Isa isa) const noexcept;

  bool can_run(Isa isa) const noexcept { return (set_ >> static_cast<int>(isa) & 1) != 0; }

  // Whether only microcontrollers' instruction sets are available.
  bool is_small_core() const noexcept;

 private:
  explicit Cpu(uint32_t set) noexcept : set_(set | 1) {}

  uint32_t set_;  // bit i: Isa i
};

}  // namespace stapes
