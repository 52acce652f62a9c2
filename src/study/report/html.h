// SPDX-License-Identifier: Apache-2.0
// html.h: building blocks of a page. Text from files or users goes through html_escaped().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

// Escapes text between tags and in quoted attributes. Control characters become spaces, except line breaks and tabs.
std::string html_escaped(std::string_view text);

struct HtmlCell {
  std::string html;             // what is shown
  std::optional<double> value;  // sort key of a number
  std::string tip;              // tooltip text
  bool heads_row = false;       // row header, stays visible when scrolling
};

HtmlCell text_cell(std::string_view text);
HtmlCell head_cell(std::string html);
HtmlCell number_cell(double value, std::string html);
HtmlCell missing_cell(std::string reason);  // a dash; always sorts last

struct HtmlColumn {
  std::string group;  // adjacent columns of a group share a heading
  std::string name;
  std::string unit;      // "KB"
  std::string evidence;  // "measured", "counted", "estimated"; empty = none of these
  bool is_number = false;
};

// Clicking a heading sorts the table (report.js).
std::string html_table(const std::string& id, const std::string& caption, const std::vector<HtmlColumn>& columns,
                       const std::vector<std::vector<HtmlCell>>& rows);

// Initially closed. `summary` is plain text.
std::string html_details(const std::string& summary, const std::string& html);

}  // namespace stapes
