// SPDX-License-Identifier: Apache-2.0
// html.h: pieces of a page. What comes from files or people goes through html_escaped().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

// For text between tags and in quoted attributes. Control characters but line breaks and tabs become spaces.
std::string html_escaped(std::string_view text);

struct HtmlCell {
  std::string html;             // what is shown
  std::optional<double> value;  // of a number: what it sorts by
  std::string tip;              // text, shown when pointed at
  bool heads_row = false;       // names its row, and stays in sight when the table is scrolled
};

HtmlCell text_cell(std::string_view text);
HtmlCell head_cell(std::string html);
HtmlCell number_cell(double value, std::string html);
HtmlCell missing_cell(std::string reason);  // a dash; sorts last either way

struct HtmlColumn {
  std::string group;  // neighbours of one group stand under one heading
  std::string name;
  std::string unit;      // "KB"
  std::string evidence;  // "measured", "counted", "estimated"; empty = neither
  bool is_number = false;
};

// Where the script runs, a click on a heading sorts by it (report.js); without it a plain table.
std::string html_table(const std::string& id, const std::string& caption, const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<HtmlCell>>& rows);

// Closed; `summary` is text.
std::string html_details(const std::string& summary, const std::string& html);

}  // namespace stapes
