// SPDX-License-Identifier: Apache-2.0
// What advise.h says, for people and for machines.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "study/report/advise.h"

namespace stapes {
namespace {

constexpr auto kRow = "{:<{}}  {:<24} {:>5} {:>10} {:>9} {:>9}  {}\n";

std::string kib(std::int64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1024); }

std::string limits_text(const Limits& limits) {
  std::vector<std::string> parts;
  if (limits.flash_bytes) parts.push_back(fmt::format("at most {} KiB flash", kib(*limits.flash_bytes)));
  if (limits.ram_bytes) parts.push_back(fmt::format("at most {} KiB RAM", kib(*limits.ram_bytes)));
  if (limits.latency_ms) parts.push_back(fmt::format("at most {:.1f} ms a window", *limits.latency_ms));
  if (limits.accuracy) parts.push_back(fmt::format("at least {:g} % accuracy", *limits.accuracy));
  return parts.empty() ? "no limits" : fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string> texts_of(const std::vector<Lack>& lacks) {
  std::vector<std::string> texts;
  for (const Lack& lack : lacks) texts.push_back(lack.text);
  return texts;
}

std::string remark(const Advice& advice, const Contender& contender) {
  if (!contender.failure.empty()) return contender.failure;
  if (&contender == advice.best()) return "the best that fits";
  if (&contender == advice.runner_up()) return "runner-up: " + contender.behind;
  if (contender.fits()) return contender.behind;
  const std::string lacks = fmt::format("{}", fmt::join(texts_of(contender.lacks), "; "));
  if (&contender != advice.nearest()) return lacks;
  return fmt::format("the nearest: {} ({:.1f} % over)", lacks, 100 * contender.excess());
}

std::string row_of(const Advice& advice, const Contender& contender, std::size_t name_width) {
  std::string accuracy = fmt::format("{:.2f}", contender.accuracy.mean);
  if (const auto& interval = contender.accuracy.interval_95) {
    accuracy += fmt::format(" ({:.1f} to {:.1f})", interval->low, interval->high);
  }
  if (contender.under_trained()) accuracy += " *";
  const bool measured = contender.failure.empty();
  return fmt::format(kRow, contender.series, name_width, accuracy, contender.accuracy.count,
                     measured ? kib(contender.flash_bytes) : "-", measured ? kib(contender.ram_bytes) : "-",
                     measured ? fmt::format("{:.1f}", contender.window_ms) : "-", remark(advice, contender));
}

std::string table_of(const Advice& advice) {
  std::size_t name_width = 6;
  for (const Contender& contender : advice.contenders) name_width = std::max(name_width, contender.series.size());
  std::string text = fmt::format(kRow, "series", name_width, "accuracy %", "folds", "flash KiB", "RAM KiB", "ms", "");
  for (const Contender& contender : advice.contenders) text += row_of(advice, contender, name_width);
  return text;
}

std::string lead_text(const Advice& advice) {
  if (!advice.lead) return "";
  const PairedDifference& lead = *advice.lead;
  std::string text = fmt::format("On the {} clips that both judged, {} is {:+.2f} points against {}", lead.judgements,
                                 advice.best()->series, lead.difference, advice.runner_up()->series);
  if (lead.interval_95) {
    text += fmt::format(" (95 %: {:+.1f} to {:+.1f}, bootstrap over sources)", lead.interval_95->low,
                        lead.interval_95->high);
  }
  return text + (lead.is_clear() ? ".\n" : ": too close to say which is better.\n");
}

std::string best_text(const Advice& advice, const StudyResults& results) {
  if (!advice.best()) return why_none(advice) + "\n";
  const FinishedCell& cell = advice.best()->first_cell();
  return fmt::format(
      "{}Export it with\n  {}\nThat is the model of fold {}, the first: one chosen by its test accuracy would only "
      "look "
      "better.\n",
      lead_text(advice), export_command(advice, results), cell.result.id.fold);
}

// What the figures are.
std::string kinds_text(const Advice& advice, bool images) {
  const bool estimated = std::ranges::any_of(advice.contenders, &Contender::estimated);
  return fmt::format(
      "Measured on the packed form: accuracy ({}, mean over folds with Student's t interval of 95 %, optimistic: the "
      "folds'\ntraining sets overlap), flash, RAM (without the window itself){}. Of flash, RAM and ms the largest of a "
      "series' folds.\n{}",
      images || advice.request.protocol == Protocol::kTenCrops ? crops_name(images) : "single window",
      estimated ? "" : ", ms (median, on the machine of the study)",
      estimated ? "ESTIMATE: ms, from instructions counted in an emulator, with clock and cycles an instruction "
                  "assumed.\n"
                : "");
}

// What makes figures incomplete or flattering.
std::string warnings_text(const Advice& advice, const StudyResults& results) {
  std::string text;
  int most_folds = 0, fewest_folds = advice.contenders.front().accuracy.count, epochs = 0, published = 0;
  for (const Contender& contender : advice.contenders) {
    most_folds = std::max(most_folds, contender.accuracy.count);
    fewest_folds = std::min(fewest_folds, contender.accuracy.count);
    for (const FinishedCell* cell : contender.point.cells) {
      if (!cell->result.under_trained()) continue;
      epochs = epochs == 0 ? cell->result.epochs : std::min(epochs, cell->result.epochs);
      published = std::max(published, cell->result.published_epochs);
    }
    if (const std::string& caveats = contender.first_cell().result.caveats; !caveats.empty()) {
      text += fmt::format("{}: {}.\n", contender.series, caveats);
    }
  }
  if (epochs > 0)
    text = fmt::format("* under-trained: from {} of the published {} epochs.\n", epochs, published) + text;
  if (fewest_folds < most_folds) text += "Means over different folds are not on equal terms.\n";
  if (results.finished.size() < results.cell_count()) {
    text += fmt::format("Unfinished study: {} of {} cells.\n", results.finished.size(), results.cell_count());
  }
  return text;
}

// Names come from a file: none of them may steer a terminal.
std::string without_controls(std::string text) {
  for (char& c : text) {
    if ((c >= 0 && c < ' ' && c != '\n') || c == 0x7f) c = ' ';
  }
  return text;
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json to_json(const Contender& contender) {
  const CellResult& first = contender.first_cell().result;
  nlohmann::json json = {{"series", contender.series},
                         {"network", first.id.network},
                         {"route", first.id.route},
                         {"form", first.form},
                         {"accuracy", to_json(contender.accuracy)},
                         {"fits", contender.fits()},
                         {"lacks", texts_of(contender.lacks)},
                         {"epochs", first.epochs},
                         {"published_epochs", first.published_epochs},
                         {"under_trained", contender.under_trained()},
                         {"caveats", first.caveats}};
  if (!contender.failure.empty()) {
    json["failure"] = contender.failure;
    return json;
  }
  json["flash_bytes"] = contender.flash_bytes;
  json["ram_bytes"] = contender.ram_bytes;
  json["window_ms"] = contender.window_ms;
  json["estimated"] = contender.estimated;
  json["excess"] = contender.excess();
  if (!contender.behind.empty()) json["lacks"].push_back(contender.behind);
  return json;
}

nlohmann::json series_or_null(const Contender* contender) {
  return contender ? nlohmann::json(contender->series) : nlohmann::json();
}

}  // namespace

std::string advice_text(const Advice& advice, const StudyResults& results) {
  const std::string head = fmt::format("{} ({} classes) on {}, {}: {} of {} models fit\n\n", advice.request.classes,
                                       advice.class_count, advice.request.target, limits_text(advice.request.limits),
                                       advice.fitting(), advice.contenders.size());
  return without_controls(head + table_of(advice) + "\n" + best_text(advice, results) + "\n" +
                          kinds_text(advice, results.images) + warnings_text(advice, results));
}

nlohmann::json advice_json(const Advice& advice, const StudyResults& results) {
  const Limits& limits = advice.request.limits;
  nlohmann::json json = {{"target", advice.request.target},
                         {"classes", advice.request.classes},
                         {"class_count", advice.class_count},
                         {"protocol", advice.request.protocol == Protocol::kTenCrops ? "ten_crops" : "single_window"},
                         {"limits",
                          {{"flash_bytes", or_null(limits.flash_bytes)},
                           {"ram_bytes", or_null(limits.ram_bytes)},
                           {"latency_ms", or_null(limits.latency_ms)},
                           {"accuracy", or_null(limits.accuracy)}}},
                         {"data_hash", results.data_hash},
                         {"finished_cells", results.finished.size()},
                         {"cells", results.cell_count()},
                         {"best", series_or_null(advice.best())},
                         {"runner_up", series_or_null(advice.runner_up())},
                         {"nearest", series_or_null(advice.nearest())},
                         {"lead", advice.lead ? to_json(*advice.lead) : nlohmann::json()},
                         {"contenders", nlohmann::json::array()}};
  for (const Contender& contender : advice.contenders) json["contenders"].push_back(to_json(contender));
  if (const Contender* best = advice.best()) {
    json["cell"] = best->first_cell().folder;
    json["fold"] = best->first_cell().result.id.fold;
    json["command"] = export_command(advice, results);
  }
  return json;
}

}  // namespace stapes
