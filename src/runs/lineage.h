// SPDX-License-Identifier: Apache-2.0
// lineage.h: the clips that a network has been trained on. A network that starts, teaches, prunes or calibrates another
// must have the same test fold, or the test clips leak.
//
// Provenance is a JSON object: data_hash, classes, test_fold of the network's own training, "selection" (which epoch),
// and under "init" and "teacher" the provenance of its start and teacher, and so on; under "calibration" the data_hash
// and test_fold of an int8 model's calibration clips, under "background" those of its training backgrounds.
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
  bool complete = true;           // false: training data of it or an ancestor is unknown (imported weights)
  bool selected_on_test = false;  // its or an ancestor's epoch was selected by test accuracy
};

Ancestry read_ancestry(const std::string& provenance);

// Throws UsageError naming `role` (e.g. "the teacher runs/a") if it or an ancestor was trained on clips of `own`'s test
// fold. Data sets are identified by content: the same clips at another rate count as other data.
void refuse_leak(const Ancestry& ancestry, const Lineage& own, const std::string& role);

// Caveats that an honest table must add: "" or e.g. "origin unknown, epoch selected on the test fold".
std::string caveats(const Ancestry& ancestry);

}  // namespace stapes
