// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "emulate/board.h"
#include "study/report/html.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

using Row = std::vector<HtmlCell>;

std::string item(const std::string& name, const std::string& html) {
  return html.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, html);
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  return seconds < 7200 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.1f} h", seconds / 3600);
}

std::string accuracy_text(const CellResult& result, InputKind kind) {
  if (kind == InputKind::kImage) return fmt::format("{:.1f} %, {} images", result.accuracy(), result.clips.size());
  return fmt::format("{:.1f} % on 10 crops, {:.1f} % on a single window, {} clips", result.accuracy(),
                     result.window_accuracy(), result.clips.size());
}

std::string machine_text(const CellResult& result) {
  if (!result.threads) return result.machine;
  return fmt::format("{}, {} thread{}", result.machine, *result.threads, *result.threads == 1 ? "" : "s");
}

std::string cell_html(const FinishedCell& cell, InputKind kind) {
  const CellResult& result = cell.result;
  std::string commands, widths;
  for (const std::string& command : result.commands) commands += html_escaped(command) + "\n";
  for (const int width : result.widths) widths += (widths.empty() ? "" : ", ") + std::to_string(width);
  Training training;
  training.add(result);
  std::string items = item("commands", commands.empty() ? "" : "<pre>" + commands + "</pre>");
  items += item("folder", html_escaped(cell.folder)) + item("made from", html_escaped(result.parent));
  items += item("seed", std::to_string(result.id.seed)) + item("data hash", html_escaped(result.data_hash));
  items += item("version", html_escaped(result.version)) + item("machine", html_escaped(machine_text(result)));
  items += item("started", html_escaped(result.started)) + item("took", duration(result.seconds));
  items += item("training", html_escaped(training.explanation() + dagger(training)));
  if (result.best_accuracy) {
    items += item("best epoch", fmt::format("{:.1f} % on the test fold (optimistic if that fold chose the epoch)",
                                            *result.best_accuracy));
  }
  items += item("accuracy", accuracy_text(result, kind));
  items += item("parameters", fmt::format("{}, {} of them binary", result.parameters, result.binary_parameters));
  items += item("widths", widths) + item("caveats", html_escaped(result.caveats));
  for (const TargetCost& cost : result.targets) {
    if (!cost.failure.empty() || cost.same_result) continue;
    items += item(html_escaped(cost.target), "<b>computes different scores than the machine that ran the study</b>");
  }
  return html_details(describe(result.id) + dagger(training), "<dl>\n" + items + "</dl>\n");
}

std::string target_text(const ReportData& data) {
  std::string rows;
  for (const Board& board : boards()) {
    if (std::ranges::find(data.targets, board.name) == data.targets.end() || !board.emulated()) continue;
    rows += item(html_escaped(board.name),
                 html_escaped(fmt::format("{}; the estimate assumes {:g} MHz and {:g} cycles per instruction",
                                          board.core, board.clock_hz / 1e6, board.cycles_per_instruction)));
  }
  return rows;
}

}  // namespace

std::string absent_section(const ReportData& data) {
  std::vector<Row> rows;
  const auto add = [&](const CellId& id, const std::string& state, const std::string& reason) {
    rows.push_back({text_cell(series_name(id)), text_cell(id.classes), number_cell(id.fold, std::to_string(id.fold)),
                    number_cell(static_cast<double>(id.seed), std::to_string(id.seed)), text_cell(state),
                    text_cell(reason)});
  };
  for (const FailedCell& cell : data.results.failed) {
    add(cell.id, "failed", fmt::format("{} ({} attempt{})", cell.reason, cell.attempts, cell.attempts == 1 ? "" : "s"));
  }
  for (const FinishedCell& cell : data.results.finished) {
    for (const TargetCost& cost : cell.result.targets) {
      if (!cost.failure.empty()) add(cell.result.id, "failed on " + cost.target, cost.failure);
    }
  }
  for (const CellId& id : data.results.missing) add(id, "missing", "not run yet, or running");
  if (rows.empty()) return "";
  return section("absent", "Failed and missing",
                 html_table("absent-cells", "Missing from the figures above",
                            {{"", "Series", "", "", false},
                             {"", "Classes", "", "", false},
                             {"", "Fold", "", "", true},
                             {"", "Seed", "", "", true},
                             {"", "State", "", "", false},
                             {"", "Reason", "", "", false}},
                            rows));
}

std::string provenance_section(const ReportData& data) {
  std::string cells;
  for (const FinishedCell& cell : data.results.finished) cells += cell_html(cell, data.results.kind);
  std::string html = "<dl>\n" + item("data", html_escaped(data.results.data_name)) +
                     item("data hash", html_escaped(data.results.data_hash)) +
                     item("version of the last run", html_escaped(data.results.version)) +
                     item("last cell started", html_escaped(data.date)) + "</dl>\n";
  if (!cells.empty())
    html += html_details(fmt::format("Show all finished cells ({})", data.results.finished.size()), cells);
  html += html_details("Show the plan", "<pre>" + html_escaped(data.results.plan_text) + "</pre>\n");
  return section("provenance", "Where the figures come from", html);
}

std::string evidence_section(const ReportData& data) {
  return section(
      "evidence", "Measured, counted and estimated figures",
      "<dl>\n" +
          item("measured",
               "accuracy, by running the packed model on the test clips; file sizes; flash and RAM of a program built "
               "for the target; milliseconds on this machine (median, one window, one thread)") +
          item("counted",
               "MACs and arena bytes, from the packed model; instructions per window, by an emulator of the target") +
          item("estimated",
               "milliseconds on a target: counted instructions × assumed cycles per instruction ÷ assumed clock") +
          target_text(data) +
          item("intervals of means",
               "95 %, Student’s t over folds (a fold’s seeds averaged first). They are optimistic: folds share most of "
               "their training clips") +
          item("intervals of differences",
               "95 %, percentile bootstrap over whole sources of the clips that both models were tested on; they hold "
               "for these trained models, not for new training runs") +
          item("crossover",
               "the number of classes at which the mean difference over folds last changes sign, interpolated linearly "
               "between measured numbers of classes; its interval comes from resampling folds and sources for the "
               "whole curve") +
          item("under-trained", "† fewer epochs than the published recipe; longer training may change the ranking") +
          "</dl>\n");
}

}  // namespace stapes
