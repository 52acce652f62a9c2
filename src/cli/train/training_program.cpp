// SPDX-License-Identifier: Apache-2.0
#include "cli/train/training_program.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "cli/train/training_environment.h"
#include "runs/run_folder.h"

namespace stapes::cli {
namespace {

constexpr const char* kProgram = "stapes-train";

}  // namespace

void run_training_program(const std::string& command, char** argv) {
  set_training_variables();
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path sibling = self.parent_path() / kProgram;
  if (!self.empty()) ::execv(sibling.c_str(), argv);
  const int sibling_error = errno;
  const bool in_path = self.empty() || sibling_error == ENOENT;
  if (in_path) ::execvp(kProgram, argv);
  const int cause = in_path ? errno : sibling_error;
  if (cause != ENOENT) throw Error("cannot run {}: {}", in_path ? kProgram : sibling.string(), std::strerror(cause));
  throw Error(
      "`stapes {}` needs the program {}, which is neither at {} nor in PATH; build it with -DSTAPES_TRAINING=ON",
      command, kProgram, sibling.string());
}

}  // namespace stapes::cli
