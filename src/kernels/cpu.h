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

  // A processor with no extensions: the scalar definitions.
  static Cpu scalar() noexcept { return Cpu(1); }

  // Another machine, with `isa` and those it requires; used to choose kernels for an export.
  static Cpu having(Isa isa) noexcept;

  // Of these, only `isa` and those it requires; used to force a variant. Scalar always remains.
  Cpu limited_to(Isa isa) const noexcept;

  bool can_run(Isa isa) const noexcept { return (set_ >> static_cast<int>(isa) & 1) != 0; }

  // Can run nothing beyond what microcontrollers have.
  bool is_small_core() const noexcept;

 private:
  explicit Cpu(uint32_t set) noexcept : set_(set | 1) {}

  uint32_t set_;  // bit i: Isa i
};

}  // namespace stapes
