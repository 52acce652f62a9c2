// SPDX-License-Identifier: Apache-2.0
// host_export.h: runs variants of an export's sample program on this machine.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/files.h"
#include "export/compile.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes::test {

// Stand-ins for the ecosystems' tools.
inline std::filesystem::path stand_ins() { return tests_dir() / "export/stand_in"; }

// A plain export called "net" for target host, compiled.
class HostExport {
 public:
  explicit HostExport(const ExportedFolder& folder) {
    write_export(folder, root(), Existing::kRefuse);
    for (const std::string& source : sources_of(folder)) {
      objects_.push_back((folder_ / fmt::format("{}.o", objects_.size())).string());
      const Outcome outcome = compile(STAPES_GXX,
                                      {"-std=c++14", "-O1", "-c", "-I" + (root() / "include").string(),
                                       "-I" + (root() / "src").string(), "-o", objects_.back()},
                                      (root() / source).string());
      EXPECT_EQ(outcome.status, 0) << outcome.err;
    }
  }

  std::string sample() const { return read_text_file(root() / "examples/listen.c"); }

  // The output of a program like sample(), with the microphone of the stand-ins.
  std::vector<std::string> lines(const std::string& program) const {
    write_text_file(folder_ / "program.c", program, Existing::kReplace);
    std::vector<std::string> arguments = {"-std=c99",
                                          "-pedantic-errors",
                                          "-Wall",
                                          "-Wextra",
                                          "-Werror",
                                          "-I" + (root() / "include").string(),
                                          "-o",
                                          (folder_ / "program").string(),
                                          (folder_ / "program.c").string(),
                                          (stand_ins() / "pcm.c").string()};
    arguments.insert(arguments.end(), objects_.begin(), objects_.end());
    const Outcome linked = run_program(STAPES_CC, arguments);
    EXPECT_EQ(linked.status, 0) << linked.err;
    std::istringstream out(run_program((folder_ / "program").string(), {}).out);
    std::vector<std::string> printed;
    for (std::string line; std::getline(out, line);) printed.push_back(line);
    return printed;
  }

 private:
  std::filesystem::path root() const { return folder_ / "net"; }

  TempDir folder_;
  std::vector<std::string> objects_;
};

}  // namespace stapes::test
