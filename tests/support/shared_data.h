// SPDX-License-Identifier: Apache-2.0
// shared_data.h: golden numbers and published weights, read from ../shared; tests that need them skip, saying so, where
// it is absent.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "support/paths.h"

namespace stapes::test {

template <class T>
std::vector<T> read_golden(const std::string& name) {
  const auto bytes = read_file(test_data_dir() / "golden" / name);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace stapes::test

#define STAPES_NEEDS_SHARED(relative)                                    \
  if (!std::filesystem::exists(stapes::test::test_data_dir() / (relative))) \
  GTEST_SKIP() << "no " << (stapes::test::test_data_dir() / (relative)).string() << " on this machine"
