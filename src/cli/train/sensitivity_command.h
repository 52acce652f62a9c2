// SPDX-License-Identifier: Apache-2.0
// sensitivity_command.h: `stapes sensitivity`. Only stapes-train can run it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/cli11.h"
#include "cli/command.h"

namespace stapes::cli {

struct SensitivityOptions {
  std::filesystem::path run, output;
  std::string target = "cortex-m4";
  int epochs = 5, threads = 0, candidates = 12;
};

using SensitivityFunction = std::function<void(const SensitivityOptions& options, const Common& common)>;

// stapes-train only.
void run_sensitivity(const SensitivityOptions& options, const Common& common);

// `sensitivity`: empty in `stapes`.
void add_sensitivity_command(CLI::App& app, const SensitivityFunction& sensitivity);

}  // namespace stapes::cli
