// SPDX-License-Identifier: Apache-2.0
#include "import/wrapped_names.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/names.h"

namespace stapes::imports {
namespace {

// Wrappers that may surround any part of a network.
constexpr std::array<std::string_view, 4> kWrappers = {"module", "_orig_mod", "_fsdp_wrapped_module",
                                                       "_checkpoint_wrapped_module"};

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

struct Name {
  std::string prefix, inner;  // inner: starts with the section; empty if there is none
};

Name split(std::string_view name, std::span<const std::string_view> sections) {
  Name parts;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view component = name.substr(0, dot);
    const bool more = dot < name.size();
    if (!(more && contains(kWrappers, component))) {
      const bool inside = !parts.inner.empty() || contains(sections, component);
      (inside ? parts.inner : parts.prefix).append(component).append(more ? "." : "");
    }
    name.remove_prefix(more ? dot + 1 : name.size());
  }
  return parts;
}

[[noreturn]] void refuse(const std::string& name) {
  throw Error("tensor {} is not part of an ACDNet; only ACDNets can be imported", name);
}

}  // namespace

UnwrappedNames unwrap_names(const TensorDict& tensors, std::span<const std::string_view> sections) {
  UnwrappedNames names;
  std::map<std::string, std::vector<std::string>> networks;  // names by prefix
  std::vector<std::string> outside;
  for (const auto& [name, tensor] : tensors) {
    const Name parts = split(name, sections);
    if (parts.inner.empty()) {
      outside.push_back(name);
      continue;
    }
    networks[parts.prefix].push_back(name);
    if (networks.size() == 1 && !names.tensors.emplace(parts.inner, &tensor).second)
      throw Error("tensor {} occurs twice, once as {}", parts.inner, name);
  }
  if (networks.empty()) {
    if (outside.empty()) throw Error("the file holds no floating-point tensors");
    refuse(outside.front());
  }
  if (networks.size() > 1) {
    std::vector<std::string> first_names;
    for (const auto& [prefix, all] : networks) first_names.push_back(all.front());
    throw Error("the file holds {} networks, with tensors such as {}; expected one; save only the one to import",
                networks.size(), conjunction(first_names));
  }
  names.prefix = networks.begin()->first;
  for (const std::string& name : outside) {
    if (split(name, sections).prefix.starts_with(names.prefix)) refuse(name);  // always true for an empty prefix
    names.left_out.push_back(name);
  }
  return names;
}

}  // namespace stapes::imports
