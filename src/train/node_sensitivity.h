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
  RunFolder parent;  // full precision: the start, the teacher and the reference
  ClipSet training, test;
  int epochs = 5;
  int threads = 0;
  Existing existing = Existing::kRefuse;  // for runs with other options: refuse or replace
};

// The divergence of the network in which only the convolutions in `bits` are binary, trained for a few epochs from the
// parent: mean over the held-out clips' windows of KL(parent || network), in nats. `folder` is its run, resumed if
// interrupted. The held-out clips are those of --select validation; the test fold is not used. Throws like train().
double divergence_with_bits(const SensitivityRequest& request, const NetworkSpec& bits,
                            const std::filesystem::path& folder, const EpochObserver& observer);

}  // namespace stapes
