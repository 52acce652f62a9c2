// SPDX-License-Identifier: Apache-2.0
// lineage.h: which clips a network has seen. What starts, teaches, prunes or calibrates another network must have had
// the same test fold, or the test clips leak into it.
//
// Provenance is a JSON object: data_hash, classes, test_fold of the network's own training, "selection" (which epoch),
// and under "init" and "teacher" the provenance of what it started from and learnt from, and so on; under "calibration"
// the data_hash and test_fold of the clips an int8 model was calibrated on, under "background" those of the backgrounds
// it was trained with.
#pragma once

#include <string>
#include <vector>

namespace stapes {

struct Lineage {
  std::string data_hash;
  int test_fold = 0;
};

// What a network's provenance calls its epoch when that was chosen by accuracy.
inline constexpr const char* kBestOnTest = "best epoch on the test fold";
inline constexpr const char* kBestOnValidation = "best epoch on validation clips";  // chose nothing on the test fold

struct Ancestry {
  std::vector<Lineage> known;     // of the network itself (first, if it says) and of all its ancestors
  bool complete = true;           // false: it or an ancestor does not say what it was trained on (imported weights)
  bool selected_on_test = false;  // its epoch, or an ancestor's, was chosen by accuracy on the test fold
};

Ancestry read_ancestry(const std::string& provenance);

// Throws UsageError naming `role` (e.g. "the teacher runs/a") when it or an ancestor was trained on clips of `own`'s
// test fold. Data sets are told apart by content: the same clips at another rate are other data.
void refuse_leak(const Ancestry& ancestry, const Lineage& own, const std::string& role);

// What an honest table must add: "" or e.g. "origin unknown, epoch selected on the test fold".
std::string caveats(const Ancestry& ancestry);

}  // namespace stapes
