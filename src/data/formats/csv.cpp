// SPDX-License-Identifier: Apache-2.0
#include "data/formats/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"

namespace stapes {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(without_byte_order_mark(text)), name_(name) {}

  std::vector<CsvRow> rows() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row{.line = line_, .fields = {}};
      do {
        row.fields.push_back(field());
      } while (take(','));
      end_of_line();
      if (row.fields.size() > 1 || !row.fields.front().empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  std::string field() {
    std::string value;
    if (!take('"')) {
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') value += next();
      return value;
    }
    const int opened = line_;
    for (;;) {
      if (at_ == text_.size()) throw Error("{} line {}: a quote is never closed", name_, opened);
      if (!take('"')) {
        value += next();
      } else if (!take('"')) {  // two quotes stand for one
        return value;
      } else {
        value += '"';
      }
    }
  }

  void end_of_line() {
    take('\r');
    if (at_ < text_.size() && !take('\n')) {
      throw Error("{} line {}: expected a comma or the end of the line after a field", name_, line_);
    }
  }

  bool take(char expected) {
    if (at_ == text_.size() || text_[at_] != expected) return false;
    next();
    return true;
  }

  char next() {
    const char c = text_[at_++];
    if (c == '\0') throw Error("{} line {}: a NUL byte; expected text", name_, line_);
    if (c == '\n') ++line_;
    return c;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) { return Parser(text, name).rows(); }

CsvTable::CsvTable(std::string_view text, std::string name) : name_(std::move(name)), rows_(parse_csv(text, name_)) {
  if (rows_.empty()) throw Error("{} is empty: expected a header line and a line for each clip", name_);
  columns_ = std::move(rows_.front().fields);
  rows_.erase(rows_.begin());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::count(columns_.begin(), columns_.end(), columns_[i]) > 1) {
      throw Error("{} line 1: two columns are named \"{}\"", name_, columns_[i]);
    }
  }
  for (const CsvRow& row : rows_) {
    if (row.fields.size() != columns_.size()) {
      refuse(row, fmt::format("{} field{}; expected {}, as in the header", row.fields.size(),
                              row.fields.size() == 1 ? "" : "s", columns_.size()));
    }
  }
}

const std::string& CsvTable::at(const CsvRow& row, std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw Error("{} line 1: no column \"{}\"; the columns are {}", name_, column, fmt::join(columns_, ", "));
  }
  return row.fields[static_cast<std::size_t>(found - columns_.begin())];
}

int CsvTable::number_at(const CsvRow& row, std::string_view column, int low, int high) const {
  const std::string& text = at(row, column);
  const std::optional<int> value = number_in<int>(text);
  if (!value || *value < low || *value > high) {
    refuse(row, fmt::format("unknown {} \"{}\"; expected {} to {}", column, text, low, high));
  }
  return *value;
}

void CsvTable::refuse(const CsvRow& row, const std::string& why) const {
  throw Error("{} line {}: {}", name_, row.line, why);
}

std::string csv_field(std::string_view text) {
  std::string field(text);
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  replace_all(field, "\"", "\"\"");
  return '"' + field + '"';
}

}  // namespace stapes
