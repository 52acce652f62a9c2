// SPDX-License-Identifier: Apache-2.0
// paths.h: paths of the files that tests read and run. They are compiled into one small library, so that no other
// object file holds an absolute path and a compiler cache filled by one clone serves another.
#pragma once

#include <filesystem>
#include <string>

namespace stapes::test {

// The folder tests/ of the source tree.
const std::filesystem::path& tests_dir();

// ESC-50, CIFAR-10 and published weights: $STAPES_TEST_DATA, or the folder `shared` next to the source tree.
const std::filesystem::path& test_data_dir();

// The built `stapes`; empty in a build without the command line.
const std::string& stapes_program();

}  // namespace stapes::test
