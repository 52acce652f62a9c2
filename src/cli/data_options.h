// data_options.h: DATA --classes --fold, the same for every command that takes a data set.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "data/data_set.h"
#include "data/selection.h"

namespace stapes::cli {

struct DataOptions {
  std::filesystem::path data;
  std::string classes = "all";
  int fold = 1;
};

inline void add_data_options(CLI::App& command, const std::shared_ptr<DataOptions>& options, const char* fold_help) {
  command.add_option("DATA", options->data, "data-set cache, from `stapes data`")->required();
  command.add_option("--classes", options->classes, "all, esc10 .. esc50, or a list of labels such as 0,10,11")
      ->capture_default_str();
  command.add_option("--fold", options->fold, fold_help)->capture_default_str();
}

// A data set and the part of it that was chosen; the clips borrow the data set.
struct ChosenData {
  explicit ChosenData(const DataOptions& options)
      : data(options.data),
        clips(select_classes(data, options.classes)),
        test(only_fold(clips, options.fold)),
        training(without_fold(clips, options.fold)) {}

  DataSet data;
  ClipSet clips, test, training;
};

}  // namespace stapes::cli
