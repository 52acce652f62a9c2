// SPDX-License-Identifier: Apache-2.0
// paths.h: paths of files that tests read and run. Only one small library has absolute paths, so clones can share a
// compiler cache.
#pragma once

#include <filesystem>
#include <string>

namespace stapes::test {

// The folder tests/ of the source tree.
const std::filesystem::path& tests_dir();

// ESC-50, CIFAR-10 and published weights: $STAPES_TEST_DATA, or the folder `shared` next to the source tree.
const std::filesystem::path& test_data_dir();

// The built `stapes`, or "" in a build without the command line.
const std::string& stapes_program();

}  // namespace stapes::test
