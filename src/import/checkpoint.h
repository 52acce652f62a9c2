// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: finds the weights in a checkpoint.
#pragma once

#include <optional>
#include <string_view>

#include "import/pickle.h"

namespace stapes::imports {

// Finds the dict of tensors: a nested dict with a usual name such as "state_dict", the only dict of tensors in a dict,
// or the root. A dict of tensors has at least one tensor with a text key. Throws Error listing the contents if there
// is none or more than one.
Ref find_weights(const Pickle& pickle);

// The value of `key` in a dict, if present; the last one if the key occurs twice, as in Python.
std::optional<Ref> find(const Pickle& pickle, const Value& dict, std::string_view key);

}  // namespace stapes::imports
