// SPDX-License-Identifier: Apache-2.0
// given_options.h: options given by the user, to apply to settings with defaults.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "runs/option.h"

namespace stapes {

template <class Settings>
class GivenOptions {
 public:
  using Apply = std::function<void(Settings&)>;

  void add(const Option<Settings>& option, std::string text, Apply apply) {
    given_.insert_or_assign(option.name, Given{option.group, std::move(text), std::move(apply)});
  }

  bool has(const std::string& name) const { return given_.contains(name); }
  std::optional<std::string> text(const std::string& name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::nullopt : std::optional(found->second.text);
  }
  // Empty if no option of the group was given.
  std::string first_of(OptionGroup group) const {
    for (const auto& [name, given] : given_) {
      if (given.group == group) return name;
    }
    return "";
  }

  void apply(Settings& settings) const {
    for (const auto& [name, given] : given_) given.apply(settings);
  }

 private:
  struct Given {
    OptionGroup group;
    std::string text;
    Apply apply;
  };
  std::map<std::string, Given> given_;
};

}  // namespace stapes
