// SPDX-License-Identifier: Apache-2.0
// evaluate_module.h: the accuracy of the training form.
#pragma once

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "train/network_module.h"

namespace stapes {

inline constexpr int kWindowsPerForward = 80;  // at most, in evaluation

// Puts the module into evaluation mode and leaves it there.
Evaluation evaluate_module(NetworkModule& module, const ClipSet& clips, Protocol protocol);

}  // namespace stapes
