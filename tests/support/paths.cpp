// SPDX-License-Identifier: Apache-2.0
#include "support/paths.h"

#include <cstdlib>

namespace stapes::test {

const std::filesystem::path& tests_dir() {
  static const std::filesystem::path path = STAPES_TEST_DIR;
  return path;
}

const std::filesystem::path& test_data_dir() {
  static const std::filesystem::path path = [] {
    const char* chosen = std::getenv("STAPES_TEST_DATA");
    return std::filesystem::path(chosen != nullptr && *chosen != '\0' ? chosen : STAPES_TEST_DATA_DEFAULT);
  }();
  return path;
}

const std::string& stapes_program() {
  static const std::string path = STAPES_PROGRAM;
  return path;
}

}  // namespace stapes::test
