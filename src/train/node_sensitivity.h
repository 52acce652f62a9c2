// SPDX-License-Identifier: Apache-2.0
// node_sensitivity.h: how far a network diverges from its full-precision parent when some convolutions are binary.
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
  Existing existing = Existing::kRefuse;  // for runs with other options
};

// Trains the partly binary network `bits` in `folder`, starting from the parent; resumes if interrupted. Returns the
// mean KL(parent || network), in nats, over the windows of clips held out as for --select validation. Throws like
// train().
double divergence_with_bits(const SensitivityRequest& request, const NetworkSpec& bits,
                            const std::filesystem::path& folder, const EpochObserver& observer);

}  // namespace stapes
