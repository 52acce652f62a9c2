// SPDX-License-Identifier: Apache-2.0
// lineage.h: the clips that a network was trained on. Networks derived from one another must share a test fold.
// Otherwise test clips leak into training.
//
// Provenance is a JSON object:
//   data_hash, classes, test_fold  of the network's own training
//   selection                      how the epoch was selected
//   init, teacher                  provenance of these networks, recursively
//   calibration, background        data_hash and test_fold of these clips
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
inline constexpr const char* kBestOnValidation = "best epoch on validation clips";

struct Ancestry {
  std::vector<Lineage> known;     // the network itself (first, if recorded) and all ancestors
  bool complete = true;           // false: some training data is unknown (imported weights)
  bool selected_on_test = false;  // whether the network's epoch, or an ancestor's, was selected on the test fold
};

Ancestry read_ancestry(const std::string& provenance);

// Throws UsageError naming `role` ("the teacher runs/a") if the network or an ancestor was trained on clips of
// own.test_fold. Resampled clips count as different data.
void refuse_leak(const Ancestry& ancestry, const Lineage& own, const std::string& role);

// Caveats to state with the results: "" or e.g. "origin unknown, epoch selected on the test fold".
std::string caveats(const Ancestry& ancestry);

}  // namespace stapes
