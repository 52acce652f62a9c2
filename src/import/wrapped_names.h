// SPDX-License-Identifier: Apache-2.0
// wrapped_names.h: strips the prefixes that training code adds to tensor names: "module." (DataParallel), "_orig_mod."
// (torch.compile), or an attribute that holds the network ("model.", "net.").
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/tensor_dict.h"

namespace stapes::imports {

struct UnwrappedNames {
  std::map<std::string, const FloatTensor*> tensors;  // borrowed; names begin with a section
  std::string prefix;                                 // e.g. "model."; may be empty
  std::vector<std::string> left_out;                  // tensors outside the network, e.g. of a loss or metric
};

// A network's tensors have the same prefix, then one of `sections` ("sfeb" in "model.sfeb.0.weight"). Throws Error for
// no network or several, repeated names, and other tensors with this prefix.
UnwrappedNames unwrap_names(const TensorDict& tensors, std::span<const std::string_view> sections);

}  // namespace stapes::imports
