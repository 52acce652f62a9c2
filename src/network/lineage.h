// lineage.h: which clips a network has seen. What starts, teaches, prunes or calibrates another network must have had
// the same test fold, or the test clips leak into it.
#pragma once

#include <optional>
#include <string>

namespace stapes {

struct Lineage {
  std::string data_hash, classes;
  int test_fold = 0;
};

// From the provenance JSON of a network or model; empty where it does not say (imported weights, foreign files).
std::optional<Lineage> read_lineage(const std::string& provenance);

// Throws UsageError naming `role` (e.g. "the teacher runs/a") when `ancestor` was trained on clips that `own` tests on.
void refuse_leak(const std::optional<Lineage>& ancestor, const Lineage& own, const std::string& role);

}  // namespace stapes
