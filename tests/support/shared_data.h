// SPDX-License-Identifier: Apache-2.0
// shared_data.h: golden vectors (tests/golden, committed), data sets and published weights (not committed). Tests
// without their data are skipped with a message.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "support/paths.h"

namespace stapes::test {

// `relative` is "golden/..." or a path in the test data folder.
inline std::filesystem::path data_path(const std::string& relative) {
  return (relative.starts_with("golden/") ? tests_dir() : test_data_dir()) / relative;
}

// A test must fail without golden vectors.
inline bool lacks_test_data(const std::string& relative) {
  return !relative.starts_with("golden/") && !std::filesystem::exists(data_path(relative));
}

template <class T>
std::vector<T> read_golden(const std::string& name) {
  const auto bytes = read_file(data_path("golden/" + name));
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace stapes::test

// ./check counts skipped tests by this message. Keep its format.
#define STAPES_NEEDS_TEST_DATA(relative)       \
  if (stapes::test::lacks_test_data(relative)) \
  GTEST_SKIP() << "no test data: " << stapes::test::data_path(relative).string() << "; set STAPES_TEST_DATA"
