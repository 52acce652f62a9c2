// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_isa.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/cpu.h"

namespace stapes {
namespace {

std::vector<Isa> all_isas() {
  std::vector<Isa> isas;
  for (int i = 0; i < kIsaCount; ++i) isas.push_back(static_cast<Isa>(i));
  return isas;
}

}  // namespace

std::vector<Isa> host_isas() {
  std::vector<Isa> isas = all_isas();
  std::erase_if(isas, [cpu = Cpu::detect()](Isa isa) { return !cpu.can_run(isa); });
  return isas;
}

std::string names_of(const std::vector<Isa>& isas) {
  std::string names;
  for (const Isa isa : isas) names += (names.empty() ? "" : ", ") + std::string(to_string(isa));
  return names;
}

Isa find_host_isa(const std::string& name) {
  const std::vector<Isa> known = all_isas();
  const auto found = std::ranges::find_if(known, [&](Isa isa) { return name == to_string(isa); });
  if (found == known.end()) throw UsageError("unknown instruction set {}; choose {}", name, names_of(known));
  if (!Cpu::detect().can_run(*found)) throw Error("this machine has no {}; it has {}", name, names_of(host_isas()));
  return *found;
}

}  // namespace stapes
