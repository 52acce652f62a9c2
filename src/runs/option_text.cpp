// SPDX-License-Identifier: Apache-2.0
#include "runs/option_text.h"

#include "base/text.h"
#include "runs/prune/prune_options.h"
#include "runs/quantize/quantize_options.h"
#include "runs/train_options.h"

namespace stapes {
namespace {

template <class Settings, class Get>
std::string defaults_cell(const Option<Settings>& option, const Get& get) {
  std::string text = default_text(option, get, kTrain);
  if (*option.usual_of_prune != '\0') text += fmt::format("; `prune`: {}", option.usual_of_prune);
  return text;
}

template <class Settings, class Get>
std::string row(const Option<Settings>& option, const Get& get) {
  std::string name = fmt::format("`--{}`", option.name);
  if (*option.older_name != '\0') name += fmt::format(", `--{}`", option.older_name);
  std::string commands;
  for (const auto& [bit, command] : {std::pair(kTrain, "train"), {kPrune, "prune"}, {kQuantize, "quantize"}}) {
    if (option.takes(bit)) commands += std::string(commands.empty() ? "" : ", ") + command;
  }
  std::string text = fmt::format("| {} | {} | {} | {} | {} | {} | {} |", name, option.help,
                                 choices_text<Settings, ValueOf<Settings, Get>>(option), option.unit,
                                 defaults_cell(option, get), commands, option.takes(kInPlans) ? "yes" : "");
  replace_all(text, "|w|", "\\|w\\|");
  return text + "\n";
}

template <class Settings>
std::string table_of(OptionGroup group) {
  std::string rows;
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, const auto& get) {
    if (option.is_option() && option.group == group) rows += row(option, get);
  });
  if (rows.empty()) return "";
  return fmt::format(
      "### {}\n\n| option | description | values | unit | default | commands | in study plans |\n"
      "|---|---|---|---|---|---|---|\n{}\n",
      to_string(group), rows);
}

}  // namespace

std::string training_option_tables() {
  std::string tables;
  for (const auto& [group, name] : kNames<OptionGroup>) tables += table_of<TrainConfig>(group);
  return tables + table_of<PruneSettings>(OptionGroup::kPruning);
}

std::string quantization_option_tables() {
  return table_of<QuantizeSettings>(OptionGroup::kInt8) + table_of<QuantizeSettings>(OptionGroup::kAware);
}

}  // namespace stapes
