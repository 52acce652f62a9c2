// SPDX-License-Identifier: Apache-2.0
// Results of advise.h as text and JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "study/report/advise.h"

namespace stapes {
namespace {

constexpr auto kRow = "{:<{}}  {:<24} {}{:>5} {:>10} {:>9} {:>9}  {}\n";

std::string kib(std::int64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1024); }

std::string limits_text(const Limits& limits) {
  std::vector<std::string> parts;
  if (limits.flash_bytes) parts.push_back(fmt::format("at most {} KiB flash", kib(*limits.flash_bytes)));
  if (limits.ram_bytes) parts.push_back(fmt::format("at most {} KiB RAM", kib(*limits.ram_bytes)));
  if (limits.latency_ms) parts.push_back(fmt::format("at most {:.1f} ms per window", *limits.latency_ms));
  if (limits.accuracy) parts.push_back(fmt::format("at least {:g} % accuracy", *limits.accuracy));
  return parts.empty() ? "no limits" : fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::string> texts_of(const std::vector<Shortfall>& shortfalls) {
  std::vector<std::string> texts;
  for (const Shortfall& shortfall : shortfalls) texts.push_back(shortfall.text);
  return texts;
}

std::string remark(const Advice& advice, const AdviceCandidate& candidate) {
  if (!candidate.failure.empty()) return candidate.failure;
  if (&candidate == advice.best()) return "best that fits";
  if (&candidate == advice.runner_up()) return "runner-up: " + candidate.behind;
  if (candidate.fits()) return candidate.behind;
  const std::string shortfalls = fmt::format("{}", fmt::join(texts_of(candidate.shortfalls), "; "));
  if (&candidate != advice.nearest()) return shortfalls;
  return fmt::format("nearest: {} ({:.1f} % outside the limits)", shortfalls, 100 * candidate.excess());
}

bool is_by_auroc(const Advice& advice) { return advice.request.rank == AdviceRank::kAuroc; }

std::string auroc_column(const Advice& advice, const AdviceCandidate& candidate) {
  if (!is_by_auroc(advice)) return "";
  return fmt::format("{:>7} ", candidate.auroc ? fmt::format("{:.4f}", candidate.auroc->mean) : "-");
}

std::string row_of(const Advice& advice, const AdviceCandidate& candidate, std::size_t name_width) {
  std::string accuracy = fmt::format("{:.2f}", candidate.accuracy.mean);
  if (const auto& interval = candidate.accuracy.interval_95) {
    accuracy += fmt::format(" ({:.1f} to {:.1f})", interval->low, interval->high);
  }
  if (candidate.under_trained()) accuracy += " *";
  const bool measured = candidate.failure.empty();
  return fmt::format(kRow, candidate.series, name_width, accuracy, auroc_column(advice, candidate),
                     candidate.accuracy.count, measured ? kib(candidate.flash_bytes) : "-",
                     measured ? kib(candidate.ram_bytes) : "-",
                     measured ? fmt::format("{:.1f}", candidate.window_ms) : "-", remark(advice, candidate));
}

std::string table_of(const Advice& advice) {
  std::size_t name_width = 6;
  for (const AdviceCandidate& candidate : advice.candidates) name_width = std::max(name_width, candidate.series.size());
  std::string text =
      fmt::format(kRow, "series", name_width, "accuracy %", is_by_auroc(advice) ? fmt::format("{:>7} ", "AUROC") : "",
                  "folds", "flash KiB", "RAM KiB", "ms", "");
  for (const AdviceCandidate& candidate : advice.candidates) text += row_of(advice, candidate, name_width);
  return text;
}

std::string lead_text(const Advice& advice) {
  if (!advice.lead) return "";
  const PairedDifference& lead = *advice.lead;
  std::string text =
      fmt::format("Over {} paired predictions on the same clips, {} scores {:+.2f} points relative to {}",
                  lead.judgements, advice.best()->series, lead.difference, advice.runner_up()->series);
  if (lead.interval_95) {
    text += fmt::format(" (95 % interval: {:+.1f} to {:+.1f}, bootstrap over sources)", lead.interval_95->low,
                        lead.interval_95->high);
  }
  return text + (lead.is_clear() ? ".\n" : ": too close to tell which is better.\n");
}

std::string best_text(const Advice& advice, const StudyResults& results) {
  if (!advice.best()) return why_none(advice) + "\n";
  const FinishedCell& cell = advice.best()->first_cell();
  return fmt::format(
      "{}Export the best model with\n  {}\nThis exports the model of fold {}, the first: choosing a fold by test "
      "accuracy would only make the model look better.\n",
      lead_text(advice), export_command(advice, results), cell.result.id.fold);
}

// Explains how the figures were obtained.
std::string kinds_text(const Advice& advice, InputKind kind) {
  const bool estimated = std::ranges::any_of(advice.candidates, &AdviceCandidate::estimated);
  const char* auroc =
      is_by_auroc(advice) ? "AUROC: known classes against unknown and background, mean over folds.\n" : "";
  return fmt::format(
      "{}Measured on the packed model: accuracy ({}, mean over folds; its 95 % Student's t interval is optimistic, "
      "because the\nfolds' training sets overlap), flash, RAM (without the window itself){}. Flash, RAM and ms are the "
      "largest of "
      "a series' folds.\n{}",
      auroc,
      kind == InputKind::kImage || advice.request.protocol == Protocol::kTenCrops ? crops_name(kind) : "single window",
      estimated ? "" : ", ms (median, on the machine of the study)",
      estimated
          ? "ESTIMATE: ms, from instructions counted in an emulator and an assumed clock and cycles per instruction.\n"
          : "");
}

// Explains why figures are incomplete or too optimistic.
std::string warnings_text(const Advice& advice, const StudyResults& results) {
  std::string text;
  int max_folds = 0, fewest_folds = advice.candidates.front().accuracy.count, epochs = 0, published = 0;
  for (const AdviceCandidate& candidate : advice.candidates) {
    max_folds = std::max(max_folds, candidate.accuracy.count);
    fewest_folds = std::min(fewest_folds, candidate.accuracy.count);
    for (const FinishedCell* cell : candidate.point.cells) {
      if (!cell->result.under_trained()) continue;
      epochs = epochs == 0 ? cell->result.epochs : std::min(epochs, cell->result.epochs);
      published = std::max(published, cell->result.published_epochs);
    }
    if (const std::string& caveats = candidate.first_cell().result.caveats; !caveats.empty()) {
      text += fmt::format("{}: {}.\n", candidate.series, caveats);
    }
  }
  if (epochs > 0)
    text = fmt::format("* under-trained: as few as {} of the published {} epochs.\n", epochs, published) + text;
  if (fewest_folds < max_folds) text += "Means over different folds are not comparable.\n";
  if (results.finished.size() < results.cell_count()) {
    text += fmt::format("Unfinished study: {} of {} cells finished.\n", results.finished.size(), results.cell_count());
  }
  return text;
}

// Names come from a file and must not control the terminal.
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

nlohmann::json to_json(const AdviceCandidate& candidate) {
  const CellResult& first = candidate.first_cell().result;
  nlohmann::json json = {{"auroc", candidate.auroc ? to_json(*candidate.auroc) : nlohmann::json()},
                         {"series", candidate.series},
                         {"network", first.id.network},
                         {"route", first.id.route},
                         {"form", first.form},
                         {"accuracy", to_json(candidate.accuracy)},
                         {"fits", candidate.fits()},
                         {"shortfalls", texts_of(candidate.shortfalls)},
                         {"epochs", first.epochs},
                         {"published_epochs", first.published_epochs},
                         {"under_trained", candidate.under_trained()},
                         {"caveats", first.caveats}};
  if (!candidate.failure.empty()) {
    json["failure"] = candidate.failure;
    return json;
  }
  json["flash_bytes"] = candidate.flash_bytes;
  json["ram_bytes"] = candidate.ram_bytes;
  json["window_ms"] = candidate.window_ms;
  json["estimated"] = candidate.estimated;
  json["excess"] = candidate.excess();
  if (!candidate.behind.empty()) json["shortfalls"].push_back(candidate.behind);
  return json;
}

nlohmann::json series_or_null(const AdviceCandidate* candidate) {
  return candidate ? nlohmann::json(candidate->series) : nlohmann::json();
}

}  // namespace

std::string advice_text(const Advice& advice, const StudyResults& results) {
  const std::string head = fmt::format("{} ({} classes) on {}, {}: {} of {} models fit{}\n\n", advice.request.classes,
                                       advice.class_count, advice.request.target, limits_text(advice.request.limits),
                                       advice.fitting(), advice.candidates.size(), advice.fitting() == 1 ? "s" : "");
  return without_controls(head + table_of(advice) + "\n" + best_text(advice, results) + "\n" +
                          kinds_text(advice, results.kind) + warnings_text(advice, results));
}

nlohmann::json advice_json(const Advice& advice, const StudyResults& results) {
  const Limits& limits = advice.request.limits;
  nlohmann::json json = {{"target", advice.request.target},
                         {"classes", advice.request.classes},
                         {"class_count", advice.class_count},
                         {"protocol", advice.request.protocol == Protocol::kTenCrops ? "ten_crops" : "single_window"},
                         {"rank", to_string(advice.request.rank)},
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
                         {"candidates", nlohmann::json::array()}};
  for (const AdviceCandidate& candidate : advice.candidates) json["candidates"].push_back(to_json(candidate));
  if (const AdviceCandidate* best = advice.best()) {
    json["cell"] = best->first_cell().folder;
    json["fold"] = best->first_cell().result.id.fold;
    json["command"] = export_command(advice, results);
  }
  return json;
}

}  // namespace stapes
