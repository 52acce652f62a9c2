// SPDX-License-Identifier: Apache-2.0
// eval_command.h: `stapes eval`. Only stapes-train evaluates the training form of a run.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "cli/cli11.h"
#include "runtime/host_isa.h"

namespace stapes {
struct DataOptions;
}

namespace stapes::cli {

struct Common;

struct EvalOptions {
  std::filesystem::path model;  // packed model, run folder, or *.network file in one
  std::shared_ptr<DataOptions> data;
  int threads = 0;
  std::optional<Isa> isa;
};

using RunEvaluator = std::function<void(const EvalOptions& options, const Common& common)>;

// Evaluates and prints a run's training form (libtorch) and packed form.
void eval_run(const EvalOptions& options, const Common& common);

// `eval_run`: empty in `stapes`.
void add_eval_command(CLI::App& app, const RunEvaluator& eval_run);

// True for a run, false for a packed model.
bool eval_needs_libtorch(const CLI::App& parsed);

}  // namespace stapes::cli
