// SPDX-License-Identifier: Apache-2.0
// wrapped_names.h: takes off the names of tensors what training code puts around a network: "module." (DataParallel),
// "_orig_mod." (torch.compile), the attribute of a larger module that holds it ("model.", "net.").
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/tensor_dict.h"

namespace stapes::interop {

struct UnwrappedNames {
  std::map<std::string, const FloatTensor*> tensors;  // borrowed; names begin with a section
  std::string prefix;                                 // what stood before them, "model."; may be empty
  std::vector<std::string> left_out;                  // tensors beside the network, of a loss or a metric
};

// A network's tensors are those with one of `sections` in their name ("sfeb" in "model.sfeb.0.weight"), all behind the
// same prefix. Throws Error when there are none or two networks, when a name is there twice, and for a tensor that
// stands where the network's do and is none of them.
UnwrappedNames unwrap_names(const TensorDict& tensors, std::span<const std::string_view> sections);

}  // namespace stapes::interop
