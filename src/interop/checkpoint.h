// SPDX-License-Identifier: Apache-2.0
// checkpoint.h: finds the weights in what training code saves around them.
#pragma once

#include <optional>
#include <string_view>

#include "interop/pickle.h"

namespace stapes::interop {

// The dict of tensors: the object itself, or in it, under "state_dict", "model_state_dict", "model", "weights" or
// another usual name, such a dict again; else the only dict of tensors there is. Its keys are checked to be text,
// nothing else. Throws Error when there is none, naming what there is, or when several are equally good.
Ref find_weights(const Pickle& pickle);

// The value of `key` in a dict, if it is there.
std::optional<Ref> find(const Pickle& pickle, const Value& dict, std::string_view key);

}  // namespace stapes::interop
