// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: finds the weights in a checkpoint saved by training code.
#pragma once

#include <optional>
#include <string_view>

#include "import/pickle.h"

namespace stapes::imports {

// Finds the dict of tensors: the root object, a dict in it called "state_dict", "model" or another common name, or the
// only dict of tensors in the file. One tensor with a text key makes a dict match; the rest is not checked. Throws
// Error listing the contents if there is none, or if several match equally well.
Ref find_weights(const Pickle& pickle);

// The value of `key` in a dict, if present; the last one if the key occurs twice, as in Python.
std::optional<Ref> find(const Pickle& pickle, const Value& dict, std::string_view key);

}  // namespace stapes::imports
