// SPDX-License-Identifier: Apache-2.0
#include "cli/data_options.h"

#include "base/error.h"
#include "runs/lineage.h"

namespace stapes::cli {

void add_data_options(CLI::App& command, const std::shared_ptr<DataOptions>& options, const char* fold_help) {
  command.add_option("DATA", options->data, "Data-set file made by `stapes data`")->required();
  command
      .add_option(
          "--classes", options->classes,
          "Classes: all, esc10 to esc50, ae10 to ae28, cifar100:10 to cifar100:90, first:N (the first N classes), or "
          "a list of names or numbers such as dog,cat or 0,10,11")
      ->capture_default_str();
  command.add_option("--fold", options->fold, fold_help)->capture_default_str();
}

ChosenData choose_data(const DataOptions& options, const Common& common) {
  ChosenData chosen(options);
  print_classes(options.classes, chosen.clips, common);
  return chosen;
}

void print_classes(const std::string& classes, const ClipSet& chosen, const Common& common) {
  const std::string meaning = meaning_of_numbers(classes, chosen);
  if (!meaning.empty() && !common.quiet && !common.json) print_notice("note", meaning);
}

void warn_if_trained_on(const std::string& provenance, const ChosenData& chosen, const std::string& name) {
  try {
    refuse_leak(read_ancestry(provenance), chosen.lineage(), name);
  } catch (const UsageError& leak) {
    print_notice("warning", leak.what());
  }
}

}  // namespace stapes::cli
