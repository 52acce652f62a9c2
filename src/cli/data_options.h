// SPDX-License-Identifier: Apache-2.0
// data_options.h: DATA --classes --fold, the same for every command that takes a data set.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "cli/command.h"
#include "data/data_set.h"
#include "data/selection.h"
#include "runs/lineage.h"

namespace stapes::cli {

struct DataOptions {
  std::filesystem::path data;
  std::string classes = "all";
  int fold = 1;
};

// "--classes 0,10,11 are dog, rain, sea" if `classes` names classes by number; else empty.
inline std::string meaning_of_numbers(const std::string& classes, const ClipSet& chosen) {
  if (classes.empty() || classes.find_first_not_of("0123456789,") != std::string::npos) return "";
  return fmt::format("--classes {} are {}", classes, fmt::join(chosen.labels, ", "));
}

inline void add_data_options(CLI::App& command, const std::shared_ptr<DataOptions>& options, const char* fold_help) {
  command.add_option("DATA", options->data, "data-set cache, from `stapes data`")->required();
  command
      .add_option("--classes", options->classes,
                  "all, esc10 .. esc50, ae10 .. ae28, cifar100:10 .. cifar100:90, first:2 and up, or a list of "
                  "names or numbers of classes such as dog,cat or 0,10,11")
      ->capture_default_str();
  command.add_option("--fold", options->fold, fold_help)->capture_default_str();
}

// A data set and the classes of it that were chosen; the clips borrow the data set.
struct ChosenData {
  explicit ChosenData(const DataOptions& options)
      : data(options.data), clips(select_classes(data, options.classes)), fold(options.fold) {}
  // Prints the names of classes that were chosen by number.
  ChosenData(const DataOptions& options, const Common& common) : ChosenData(options) {
    const std::string meaning = meaning_of_numbers(options.classes, clips);
    if (!meaning.empty() && !common.quiet && !common.json) print_notice("note", meaning);
  }

  ClipSet test() const { return only_fold(clips, fold); }
  ClipSet training() const { return without_fold(clips, fold); }
  Lineage lineage() const { return {data.hash(), fold}; }

  DataSet data;
  ClipSet clips;
  int fold;
};

// Says so, on stderr, when a model is about to be judged by clips it was trained on.
inline void warn_if_trained_on(const std::string& provenance, const ChosenData& chosen, const std::string& name) {
  try {
    refuse_leak(read_ancestry(provenance), chosen.lineage(), name);
  } catch (const UsageError& leak) {
    print_notice("warning", leak.what());
  }
}

}  // namespace stapes::cli
