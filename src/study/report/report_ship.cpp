// SPDX-License-Identifier: Apache-2.0
// The first screen of a study measured on a chip: models side by side, a chart of their costs and the next command. One
// column per model; three fit on a phone.
#include <fmt/format.h>

#include <algorithm>

#include "study/report/html.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

constexpr std::size_t kMaxColumns = 6;  // further models appear only in the full table

struct ShipColumn {
  const Series* series;
  const AdviceCandidate* candidate;
};

// In study order. With many models: the chosen model, its full-precision counterpart and the next best.
std::vector<ShipColumn> columns_of(const ReportData& data) {
  const Recommendation& recommendation = *data.recommendation;
  std::vector<const AdviceCandidate*> wanted = {recommendation.ship(), recommendation.reference()};
  for (const AdviceCandidate& candidate : recommendation.advice.candidates) wanted.push_back(&candidate);
  std::vector<const AdviceCandidate*> shown;
  for (const AdviceCandidate* candidate : wanted) {
    const bool is_new = candidate != nullptr && std::ranges::find(shown, candidate) == shown.end();
    if (is_new && shown.size() < kMaxColumns) shown.push_back(candidate);
  }
  std::vector<ShipColumn> columns;
  for (const Series& series : data.series) {
    for (const AdviceCandidate* candidate : shown) {
      if (candidate->series == series.name) columns.push_back({&series, candidate});
    }
  }
  return columns;
}

struct ShipRow {
  std::string name, unit;
  std::string (*text)(const AdviceCandidate& candidate);
};

std::vector<ShipRow> rows_of(const Recommendation& recommendation) {
  std::vector<ShipRow> rows = {
      {"Accuracy", "%, measured", [](const AdviceCandidate& c) { return fmt::format("{:.1f}", c.accuracy.mean); }},
      {"Flash", "KB, measured",
       [](const AdviceCandidate& c) { return figure(kilobytes(static_cast<double>(c.flash_bytes))); }},
      {"RAM", "KB, measured",
       [](const AdviceCandidate& c) { return figure(kilobytes(static_cast<double>(c.ram_bytes))); }},
  };
  if (recommendation.emulated()) {
    rows.push_back({"Instructions", "millions per window, counted",
                    [](const AdviceCandidate& c) { return figure(millions(static_cast<double>(c.instructions))); }});
  }
  rows.push_back({"Window", recommendation.emulated() ? "ms, estimated" : "ms, measured",
                  [](const AdviceCandidate& c) { return figure(c.window_ms); }});
  const auto& all = recommendation.advice.candidates;
  const auto listens = std::ranges::find_if(all, [](const AdviceCandidate& c) { return c.hop_sound_ms > 0; });
  if (listens != all.end()) {
    rows.push_back(
        {"Duty", fmt::format("% of the time, at a hop of {:.3g} ms", listens->hop_sound_ms),
         [](const AdviceCandidate& c) { return c.hop_sound_ms > 0 ? figure(c.duty_percent()) : std::string("–"); }});
  }
  return rows;
}

std::string column_heads(const ReportData& data, const std::vector<ShipColumn>& columns) {
  std::string html;
  for (const ShipColumn& column : columns) {
    const bool ships = column.candidate == data.recommendation->ship();
    const char* state = ships                               ? "ship this"
                        : column.candidate->fits()          ? ""
                        : column.candidate->failure.empty() ? "does not fit"
                                                            : "no figures";
    html += fmt::format("<th scope=\"col\" class=\"n{}\">{}{}<small>{}</small></th>", ships ? " ships" : "",
                        series_swatch(data.look_of(*column.series)), html_escaped(column.series->name), state);
  }
  return html;
}

std::string row_html(const ReportData& data, const ShipRow& row, const std::vector<ShipColumn>& columns) {
  std::string html = fmt::format("<tr><th scope=\"row\">{} <small>{}</small></th>", row.name, row.unit);
  for (const ShipColumn& column : columns) {
    const AdviceCandidate& candidate = *column.candidate;
    const bool known = candidate.failure.empty() || row.name == "Accuracy";
    html += fmt::format("<td class=\"n{}\"{}>{}</td>", &candidate == data.recommendation->ship() ? " ships" : "",
                        known ? "" : fmt::format(" title=\"{}\"", html_escaped(candidate.failure)),
                        known ? row.text(candidate) : "–");
  }
  return html + "</tr>\n";
}

std::string table_html(const ReportData& data) {
  const std::vector<ShipColumn> columns = columns_of(data);
  std::string html = fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Models on {0}\">\n<table>\n<caption>On "
      "{0}</caption>\n<thead><tr><th></th>{1}</tr></thead>\n<tbody>\n",
      html_escaped(chip_text(*data.recommendation)), column_heads(data, columns));
  for (const ShipRow& row : rows_of(*data.recommendation)) html += row_html(data, row, columns);
  return html + "</tbody>\n</table>\n</div>\n";
}

// Percent-encodes a path for a URL.
std::string link_to(const std::string& path) {
  std::string link;
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view("-_.~/").find(c) != std::string_view::npos;
    link += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return link;
}

std::string demo_html(const ReportData& data) {
  if (data.demo.empty() || data.recommendation->ship() == nullptr) return "";
  return fmt::format(
      "<div class=\"next\"><p><a href=\"{}\">Try {} in the browser</a>, with the microphone or sound "
      "files.</p></div>\n",
      link_to(data.demo), html_escaped(data.recommendation->ship()->series));
}

std::string next_html(const ReportData& data) {
  const Recommendation& recommendation = *data.recommendation;
  if (recommendation.ship() == nullptr || !recommendation.emulated()) return "";
  return fmt::format(
      "<div class=\"next\"><p>Next: export the model as C++ sources with a C header.</p>\n<pre>{}</pre></div>\n",
      html_escaped(export_command(*recommendation.ship(), recommendation.target(), data.results)));
}

}  // namespace

std::string ship_part(const ReportData& data) {
  if (!data.recommendation) return "";
  return fmt::format("<div id=\"ship\">\n{}{}{}{}</div>\n", table_html(data), front_figure(data), demo_html(data),
                     next_html(data));
}

}  // namespace stapes
