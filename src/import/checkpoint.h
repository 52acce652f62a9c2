// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: finds the weights in a checkpoint saved by training code.
#pragma once

#include <optional>
#include <string_view>

#include "import/pickle.h"

namespace stapes::imports {

// The dict of tensors: the object itself, or a dict nested in it under "state_dict", "model_state_dict", "model",
// "weights" or another usual name, or otherwise the only dict of tensors in the file. Checks only that its keys are
// text. Throws Error if there is none, listing the contents, or if several match equally well.
Ref find_weights(const Pickle& pickle);

// The value of `key` in a dict, if present.
std::optional<Ref> find(const Pickle& pickle, const Value& dict, std::string_view key);

}  // namespace stapes::imports
