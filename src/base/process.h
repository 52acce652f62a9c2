// SPDX-License-Identifier: Apache-2.0
// process.h: the result of another process: a program, or a copy of this one that may fail without harm.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Runs `arguments` (the program first, found in PATH; no shell is involved) with an empty standard input and returns
// its standard output. Throws Error if the program is missing (the message ends with `advice`), when it fails, and when
// it writes more than `max_bytes`.
std::vector<std::byte> run_program(const std::vector<std::string>& arguments, const std::string& advice,
                                   std::size_t max_bytes = std::size_t{64} << 20);

// How a program ended, for callers that treat a failure as a result.
struct ProgramEnd {
  int status = 0;      // exit status; 128 + signal when it was killed
  std::string output;  // its standard output and standard error, in the order written
};

// The same for a program that may fail, and that is killed after `limit`. Throws Error when it is not there, takes
// longer, or writes more than `max_bytes`. `temp_folder`: its TMPDIR, for a program such as a compiler that may leave
// files there if a signal ends it; empty: ours.
ProgramEnd run_to_end(const std::vector<std::string>& arguments, const std::string& advice, std::chrono::seconds limit,
                      const std::filesystem::path& temp_folder = {}, std::size_t max_bytes = std::size_t{16} << 20);

// Where a program is in PATH; empty if it is not there.
std::string find_program(const std::string& name);

// Runs `work` in a copy of this process and returns its result: for input that may make it hang or crash. Nothing when
// it threw, crashed or took more than `cpu_seconds` of processor time. Other threads do not exist in the copy, so
// `work` must not wait for one. Throws Error when no process can be made.
std::optional<std::string> run_in_copy(int cpu_seconds, const std::function<std::string()>& work);

}  // namespace stapes
