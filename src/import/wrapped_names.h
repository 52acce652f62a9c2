// SPDX-License-Identifier: Apache-2.0
// wrapped_names.h: strips the prefixes that training code adds to tensor names: "module." (DataParallel), "_orig_mod."
// (torch.compile), the attribute of a larger module that holds the network ("model.", "net.").
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
  std::string prefix;                                 // the prefix that was stripped, e.g. "model."; may be empty
  std::vector<std::string> left_out;                  // tensors outside the network, e.g. of a loss or metric
};

// A network's tensors have one of `sections` in their name ("sfeb" in "model.sfeb.0.weight"), all after the same
// prefix. Throws Error if there is no network or more than one, if a name occurs twice, and for a tensor under the same
// prefix that is not part of the network.
UnwrappedNames unwrap_names(const TensorDict& tensors, std::span<const std::string_view> sections);

}  // namespace stapes::imports
