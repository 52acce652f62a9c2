// SPDX-License-Identifier: Apache-2.0
// lineage.h: the clips that a network has been trained on. A network from which another is initialized, distilled,
// pruned or quantized must have the same test fold; otherwise test clips leak into training.
//
// Provenance is a JSON object: data_hash, classes and test_fold of the network's own training; "selection", how
// the epoch was selected; "init" and "teacher", the provenance of these networks, recursively; "calibration", the
// data_hash and test_fold of an int8 model's calibration clips; "background", the same for its training backgrounds.
#pragma once

#include <string>
#include <vector>

namespace stapes {

struct Lineage {
  std::string data_hash;
  int test_fold = 0;
};

// Provenance text for an epoch selected by accuracy.
inline constexpr const char* kBestOnTest = "best epoch on the test fold";
inline constexpr const char* kBestOnValidation = "best epoch on validation clips";  // did not use the test fold

struct Ancestry {
  std::vector<Lineage> known;     // the network itself (first, if recorded) and all ancestors
  bool complete = true;           // false: the network's or an ancestor's training data is unknown (imported weights)
  bool selected_on_test = false;  // its epoch, or an ancestor's, was selected by test accuracy
};

Ancestry read_ancestry(const std::string& provenance);

// Throws UsageError naming `role` (e.g. "the teacher runs/a") if the network or an ancestor was trained on clips of
// `own`'s test fold. Data sets are identified by content: the same clips at another rate count as different data.
void refuse_leak(const Ancestry& ancestry, const Lineage& own, const std::string& role);

// Caveats to state with the results: "" or e.g. "origin unknown, epoch selected on the test fold".
std::string caveats(const Ancestry& ancestry);

}  // namespace stapes
