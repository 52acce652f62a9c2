// SPDX-License-Identifier: Apache-2.0
// data_options.h: the options DATA, --classes and --fold.
#pragma once

#include <memory>
#include <string>

#include "cli/cli11.h"
#include "cli/command.h"
#include "runs/chosen_data.h"

namespace stapes::cli {

void add_data_options(CLI::App& command, const std::shared_ptr<DataOptions>& options, const char* fold_help);

// Opens the data set. Prints the names of classes that were chosen by number.
ChosenData choose_data(const DataOptions& options, const Common& common);
void print_classes(const std::string& classes, const ClipSet& chosen, const Common& common);

// Warns on stderr if a model was trained on the clips to evaluate.
void warn_if_trained_on(const std::string& provenance, const ChosenData& chosen, const std::string& name);

}  // namespace stapes::cli
