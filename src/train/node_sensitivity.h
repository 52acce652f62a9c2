// SPDX-License-Identifier: Apache-2.0
// node_sensitivity.h: the loss of a network when only one convolution is binary.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runs/run_folder.h"
#include "train/trainer.h"

namespace stapes {

struct SensitivityRequest {
  RunFolder parent;  // full precision: initial network, teacher and reference
  ClipSet training, test;
  int epochs = 5;
  int threads = 0;
  Existing existing = Existing::kRefuse;  // for runs with other options: refuse or replace
};

// Trains the network `bits`, in which only some convolutions are binary, for a few epochs from the parent, and returns
// its divergence: the mean of KL(parent || network) over the windows of the held-out clips, in nats. The run is kept in
// `folder` and resumed if interrupted. Held-out clips are chosen as for --select validation; the test fold is not used.
// Throws like train().
double divergence_with_bits(const SensitivityRequest& request, const NetworkSpec& bits,
                            const std::filesystem::path& folder, const EpochObserver& observer);

}  // namespace stapes
