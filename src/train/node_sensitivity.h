// SPDX-License-Identifier: Apache-2.0
// node_sensitivity.h: what a network loses when one convolution alone has bits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runs/run_folder.h"
#include "train/trainer.h"

namespace stapes {

struct SensitivityRequest {
  RunFolder parent;  // of full precision: the start, the teacher, and what is compared with
  ClipSet training, test;
  int epochs = 5;
  int threads = 0;
  Existing existing = Existing::kRefuse;  // runs of other options: an error, or replaced
};

// The divergence of the network in which only `bits` of its convolutions are binary, trained for a few epochs from the
// parent: the mean over the held-out clips' windows of KL(parent || network), in nats. `folder` is its run, which goes
// on where it was interrupted. The held-out clips are those of --select validation; the test fold is not used.
// Throws like train().
double divergence_with_bits(const SensitivityRequest& request, const NetworkSpec& bits,
                            const std::filesystem::path& folder, const EpochObserver& observer);

}  // namespace stapes
