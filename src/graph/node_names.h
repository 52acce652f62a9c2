// SPDX-License-Identifier: Apache-2.0
// node_names.h: tensor names for the parts of a convolution.
#pragma once

#include <string>

namespace stapes {

inline constexpr const char* kHeadName = "head";
inline constexpr const char* kHeadSumsName = "headsums";  // of a packed binary network without a pool before the head

// With part "bn": "conv3" -> "bn3", "block1conv1" -> "block1bn1", "stem" -> "stembn".
inline std::string part_name(std::string node, const char* part) {
  const std::size_t at = node.find("conv");
  return at == std::string::npos ? node + part : node.replace(at, 4, part);
}
inline std::string norm_name(const std::string& node) { return part_name(node, "bn"); }
inline std::string rprelu_name(const std::string& node) { return part_name(node, "rprelu"); }

}  // namespace stapes
