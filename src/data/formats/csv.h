// SPDX-License-Identifier: Apache-2.0
// csv.h: comma-separated values as in RFC 4180, with CRLF or LF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct CsvRow {
  int line = 0;  // first line of the row, counting from 1
  std::vector<std::string> fields;
};

// Ignores empty lines and a byte-order mark. Throws Error "FILE line N: ..." for an unclosed quote, text after a
// closing quote or a NUL byte; `name` is the FILE.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

// `text` as a field, quoted if needed.
std::string csv_field(std::string_view text);

// A CSV file with a header line.
class CsvTable {
 public:
  // Throws Error if the header is missing, a row has a different number of fields, or a column name repeats.
  CsvTable(std::string_view text, std::string name);

  const std::vector<CsvRow>& rows() const { return rows_; }
  // Throws Error listing the known columns if `column` is none of them.
  const std::string& at(const CsvRow& row, std::string_view column) const;
  // Throws Error naming the line and the range for values outside [low, high].
  int number_at(const CsvRow& row, std::string_view column, int low, int high) const;

  // Throws Error "FILE line N: <why>".
  [[noreturn]] void refuse(const CsvRow& row, const std::string& why) const;

 private:
  std::string name_;
  std::vector<std::string> columns_;
  std::vector<CsvRow> rows_;
};

}  // namespace stapes
