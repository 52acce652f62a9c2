// SPDX-License-Identifier: Apache-2.0
#include "cli/training_program.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/error.h"
#include "cli/training_environment.h"
#include "runs/run_folder.h"

namespace stapes::cli {
namespace {

constexpr const char* kProgram = "stapes-train";

struct Forwarded {
  const char* name;
  const char* description;
};

constexpr std::array kForwarded = {
    Forwarded{"train", "Train a network, in full precision or --binary (runs stapes-train)"},
    Forwarded{"prune", "Prune a trained network and fine-tune it (runs stapes-train)"},
};

// A run folder, or one of the networks in it.
bool is_trained_network(const char* argument) {
  const std::filesystem::path path(argument);
  return path.extension() == ".network" || RunFolder::is_one(path);
}

}  // namespace

void add_training_commands(CLI::App& app) {
  for (const Forwarded& command : kForwarded) app.add_subcommand(command.name, command.description);
}

bool needs_training_program(int argc, char** argv) {
  if (argc < 2) return false;
  const std::string_view name = argv[1];
  const std::span arguments(argv + 2, argv + argc);
  if (name == "quantize") return std::ranges::find(arguments, std::string_view("--aware")) != arguments.end();
  if (name == "eval") return std::any_of(arguments.begin(), arguments.end(), is_trained_network);
  return std::any_of(kForwarded.begin(), kForwarded.end(), [&](const Forwarded& c) { return c.name == name; });
}

void run_training_program(char** argv) {
  set_training_variables();
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path sibling = self.parent_path() / kProgram;
  if (!self.empty()) ::execv(sibling.c_str(), argv);
  const int sibling_error = errno;
  if (self.empty() || sibling_error == ENOENT) ::execvp(kProgram, argv);
  const int cause = sibling_error == ENOENT || self.empty() ? errno : sibling_error;
  if (cause != ENOENT) throw Error("cannot run {}: {}", sibling.string(), std::strerror(cause));
  throw Error("`stapes {}` needs the program {}, found neither at {} nor in PATH; build it with -DSTAPES_TRAINING=ON",
              argv[1], kProgram, sibling.string());
}

}  // namespace stapes::cli
