// SPDX-License-Identifier: Apache-2.0
// prune_command.h: `stapes prune`. Only stapes-train can run it.
#pragma once

#include <functional>

#include "cli/cli11.h"
#include "cli/command.h"
#include "runs/prune/prune_request.h"

namespace stapes::cli {

using PruneFunction = std::function<void(const PruneRequest& request, const Common& common)>;

// stapes-train only.
void run_pruning(const PruneRequest& request, const Common& common);

// `prune`: empty in `stapes`.
void add_prune_command(CLI::App& app, const PruneFunction& prune);

}  // namespace stapes::cli
