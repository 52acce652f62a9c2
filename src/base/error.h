// SPDX-License-Identifier: Apache-2.0
// error.h: the exceptions of the host layers; cli/command.cpp prints them as one line.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace stapes {

// The work failed (exit status 1). The message says what is wrong, where, what was expected and what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  template <class... Args>
  explicit Error(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
      : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

// The command was used wrongly (exit status 2).
class UsageError : public Error {
 public:
  using Error::Error;
};

}  // namespace stapes
