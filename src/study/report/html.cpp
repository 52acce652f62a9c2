// SPDX-License-Identifier: Apache-2.0
#include "study/report/html.h"

#include <fmt/format.h>

#include <algorithm>

namespace stapes {
namespace {

std::string group_row(const std::vector<HtmlColumn>& columns) {
  std::string row;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t end = i;
    while (end < columns.size() && columns[end].group == columns[i].group) ++end;
    row += fmt::format("<th colspan=\"{}\" scope=\"colgroup\">{}</th>", end - i, html_escaped(columns[i].group));
    i = end;
  }
  return "<tr class=\"groups\">" + row + "</tr>\n";
}

std::string column_head(const HtmlColumn& column) {
  std::string below = html_escaped(column.unit);
  if (!column.evidence.empty()) {
    below += fmt::format("{}<i>{}</i>", below.empty() ? "" : " · ", html_escaped(column.evidence));
  }
  return fmt::format("<th scope=\"col\"{}><span>{}</span>{}</th>", column.is_number ? " class=\"n\"" : "",
                     html_escaped(column.name), below.empty() ? "" : "<small>" + below + "</small>");
}

std::string cell_text(const HtmlCell& cell, const HtmlColumn& column) {
  const std::string tip = cell.tip.empty() ? "" : fmt::format(" title=\"{}\"", html_escaped(cell.tip));
  if (cell.heads_row) return fmt::format("<th scope=\"row\"{}>{}</th>", tip, cell.html);
  if (!column.is_number) return fmt::format("<td{}>{}</td>", tip, cell.html);
  const std::string value = cell.value ? fmt::format("{}", *cell.value) : "";
  return fmt::format("<td class=\"n\" data-value=\"{}\"{}>{}</td>", value, tip, cell.html);
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      case '\n':
      case '\t':
        safe += c;
        break;
      default:
        safe += (c >= 0 && c < ' ') || c == 0x7f ? ' ' : c;
    }
  }
  return safe;
}

HtmlCell text_cell(std::string_view text) { return {html_escaped(text), {}, "", false}; }
HtmlCell head_cell(std::string html) { return {std::move(html), {}, "", true}; }
HtmlCell number_cell(double value, std::string html) { return {std::move(html), value, "", false}; }
HtmlCell missing_cell(std::string reason) { return {"–", {}, std::move(reason), false}; }

std::string html_table(const std::string& id, const std::string& caption, const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<HtmlCell>>& rows) {
  const bool grouped = std::ranges::any_of(columns, [](const HtmlColumn& column) { return !column.group.empty(); });
  std::string table = fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{0}-caption\">\n"
      "<table id=\"{0}\" class=\"sortable\">\n<caption id=\"{0}-caption\">{1}</caption>\n<thead>\n",
      id, html_escaped(caption));
  if (grouped) table += group_row(columns);
  table += "<tr>";
  for (const HtmlColumn& column : columns) table += column_head(column);
  table += "</tr>\n</thead>\n<tbody>\n";
  for (const auto& row : rows) {
    table += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) table += cell_text(row[i], columns[i]);
    table += "</tr>\n";
  }
  return table + "</tbody>\n</table>\n</div>\n";
}

std::string html_details(const std::string& summary, const std::string& html) {
  return fmt::format("<details>\n<summary>{}</summary>\n{}</details>\n", html_escaped(summary), html);
}

}  // namespace stapes
