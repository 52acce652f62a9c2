// SPDX-License-Identifier: Apache-2.0
// documented_commands.h: runs the commands on a page of docs/guides/.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "cli/run_program.h"

namespace stapes::test {

// The indented lines of the section `heading` that start with `start`.
inline std::vector<std::string> documented_lines(const std::string& page, const std::string& heading,
                                                 const std::string& start) {
  std::istringstream text(read_text_file(tests_dir().parent_path() / "docs/guides" / page));
  std::vector<std::string> lines;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("#")) inside = line == heading;
    if (inside && line.starts_with("    " + start)) lines.push_back(line.substr(4));
  }
  return lines;
}

inline void run_documented(const std::vector<std::string>& commands, const TempDir& folder) {
  for (const std::string& command : commands) {
    const std::string arguments = command.substr(command.find(' '));
    const Outcome outcome =
        run_program("/bin/sh", {"-c", "cd '" + folder.path().string() + "' && '" + stapes_program() + "'" + arguments});
    ASSERT_EQ(outcome.status, 0) << command << "\n" << outcome.err;
  }
}

}  // namespace stapes::test
