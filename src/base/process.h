// SPDX-License-Identifier: Apache-2.0
// process.h: gets the result of another program or of a copy of this process.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Runs `arguments` (program first, found in PATH; no shell) with an empty standard input and returns its standard
// output. Throws Error if the program is missing or fails (the message ends with `advice`), or writes more than
// `max_bytes`.
std::vector<std::byte> run_program(const std::vector<std::string>& arguments, const std::string& advice,
                                   std::size_t max_bytes = std::size_t{64} << 20);

// How a program ended, for callers that treat a failure as a result.
struct ProgramEnd {
  int status = 0;      // exit status, or 128 + signal
  std::string output;  // standard output and standard error, in the order written
};

// A timeout's error message ends with this text; callers that retry check for it.
inline constexpr const char* kTimedOut = "timed out";

// Like run_program(), for a program that may fail. Throws Error if the program is missing, is killed after `limit`
// (kTimedOut), or writes more than `max_bytes`. `temp_folder`: the program's TMPDIR, where a killed compiler may leave
// files; if empty, ours.
ProgramEnd run_to_end(const std::vector<std::string>& arguments, const std::string& advice, std::chrono::seconds limit,
                      const std::filesystem::path& temp_folder = {}, std::size_t max_bytes = std::size_t{16} << 20);

// Searches PATH; empty if not found.
std::string find_program(const std::string& name);

// Runs `work`, which may hang or crash, in a copy of this process. Returns nothing if `work` throws, crashes or takes
// more than `cpu_seconds` of processor time. `work` must not wait for threads: the copy has no others. Throws Error if
// no process can be created.
std::optional<std::string> run_in_copy(int cpu_seconds, const std::function<std::string()>& work);

}  // namespace stapes
