// SPDX-License-Identifier: Apache-2.0
#include "cli/print_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/command.h"

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

}  // namespace

nlohmann::json to_json(const std::vector<NamedEvaluation>& forms, const std::vector<std::string>& labels) {
  nlohmann::json json = stapes::to_json(forms.front().ten_crops);
  json["labels"] = labels;
  json["confusion"] = forms.front().ten_crops.confusion();
  for (const NamedEvaluation& form : forms) {
    json[form.form] = {{"ten_crops", stapes::to_json(form.ten_crops)},
                       {"single_window", stapes::to_json(form.single_window)}};
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
  return text + class_table(forms.front().ten_crops, clips);
}

void print_evaluation(const std::vector<NamedEvaluation>& forms, const ClipSet& clips, bool json) {
  if (json) {
    print_json(to_json(forms, clips.labels));
  } else {
    print_out("{}", to_text(forms, clips));
  }
}

}  // namespace stapes::cli
