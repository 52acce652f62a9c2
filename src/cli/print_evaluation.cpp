// SPDX-License-Identifier: Apache-2.0
#include "cli/print_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <string_view>

#include "cli/command.h"
#include "data/class_names.h"
#include "evaluate/open_set.h"

namespace stapes::cli {
namespace {

std::string protocol_line(const char* name, const Evaluation& evaluation) {
  const Interval interval = evaluation.interval();
  return fmt::format("  {:<13} {:6.2f} %  ({} of {} clips, 95 % interval {:.1f} to {:.1f})\n", name,
                     evaluation.accuracy(), evaluation.correct(), evaluation.clips(), interval.low, interval.high);
}

std::string class_table(const Evaluation& evaluation, const ClipSet& clips) {
  const std::vector<std::string>& labels = clips.labels;
  std::size_t widest = 5;
  for (const std::string& label : labels) widest = std::max(widest, label.size());
  std::string text = fmt::format("\n{:<{}}  correct  of   predicted as ({}; columns in label order)\n", "class", widest,
                                 crops_name(clips.kind()));
  for (std::size_t c = 0; c < labels.size(); ++c) {
    const std::vector<int>& row = evaluation.confusion()[c];
    text += fmt::format("{:<{}}  {:7}  {:<4} ", labels[c], widest, row[c], std::accumulate(row.begin(), row.end(), 0));
    for (const int n : row) text += n == 0 ? "   ." : fmt::format("{:4}", n);
    text += "\n";
  }
  return text;
}

std::string open_set_row(const std::string& name, const OpenSet& open_set) {
  return fmt::format("{:<22} {:>6} {:>8} {:>12} {:>9}\n", name, open_set.known(), open_set.correct,
                     open_set.wrong_class, open_set.rejected);
}

std::string open_set_row(std::string_view name, const std::optional<RejectionCounts>& counts) {
  if (!counts) return "";
  return fmt::format("{:<22} {:>6} {:>8} {:>12} {:>9}\n", name, counts->clips(), "-", counts->accepted,
                     counts->rejected);
}

std::string auroc_text(const OpenSet& open_set) {
  return open_set.auroc ? fmt::format("{:.4f}", *open_set.auroc) : "not measurable without clips of both kinds";
}

std::string open_set_table(const CropsAndWindow& judged, const ClipSet& clips) {
  const std::optional<OpenSet> crops = open_set_of(judged.ten_crops, clips.labels);
  const std::optional<OpenSet> window = open_set_of(judged.single_window, clips.labels);
  if (!crops || !window) return "";
  std::string text =
      fmt::format("\n{:<22} {:>6} {:>8} {:>12} {:>9}\n", fmt::format("open set, {}", crops_name(clips.kind())), "clips",
                  "correct", "wrong class", "rejected");
  text += open_set_row("known classes", *crops) + open_set_row(kUnknownClass, crops->unknown) +
          open_set_row(kBackgroundClass, crops->background);
  text += fmt::format("AUROC of known classes against the others: {}", auroc_text(*crops));
  return text + (clips.kind() != InputKind::kSound || !window->auroc
                     ? "\n"
                     : fmt::format(" (single window {})\n", auroc_text(*window)));
}

nlohmann::json judged_json(const Evaluation& evaluation, const std::vector<std::string>& labels) {
  nlohmann::json json = stapes::to_json(evaluation);
  if (const std::optional<OpenSet> open_set = open_set_of(evaluation, labels)) {
    json["open_set"] = stapes::to_json(*open_set);
  }
  return json;
}

}  // namespace

nlohmann::json to_json(const std::vector<NamedEvaluation>& forms, const std::vector<std::string>& labels) {
  nlohmann::json json = judged_json(forms.front().ten_crops, labels);
  json["labels"] = labels;
  json["confusion"] = forms.front().ten_crops.confusion();
  for (const NamedEvaluation& form : forms) {
    json[form.form] = {{"ten_crops", judged_json(form.ten_crops, labels)},
                       {"single_window", judged_json(form.single_window, labels)}};
  }
  return json;
}

std::string to_text(const std::vector<NamedEvaluation>& forms, const ClipSet& clips) {
  std::string text;
  for (const NamedEvaluation& form : forms) {
    text += fmt::format("{} form (measured)\n", form.form);
    text += protocol_line(crops_name(clips.kind()), form.ten_crops);
    if (clips.kind() == InputKind::kSound) text += protocol_line("single window", form.single_window);
  }
  return text + class_table(forms.front().ten_crops, clips) + open_set_table(forms.front(), clips);
}

void print_evaluation(const std::vector<NamedEvaluation>& forms, const ClipSet& clips, bool json) {
  if (json) {
    print_json(to_json(forms, clips.labels));
  } else {
    print_out("{}", to_text(forms, clips));
  }
}

}  // namespace stapes::cli
