// SPDX-License-Identifier: Apache-2.0
// toml_table.h: one table of a TOML file (a plan, a network); unknown keys are errors.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stapes {

// Throws UsageError naming `where` and the line of a syntax error.
toml::table parse_toml(std::string_view text, const std::string& where);

struct WholeNumbers {
  std::int64_t least = 0, most = std::numeric_limits<std::int64_t>::max();

  bool has(std::int64_t value) const { return value >= least && value <= most; }
  std::string text() const;  // "of at least 1", "from 1 to 1048576"
};

// Borrows the parsed file. Every error is a UsageError that begins with file, line and table, as in
// "plan.toml:12: [[route]]".
class TomlTable {
 public:
  // `name`: the table in error messages, e.g. "[[route]] xnor"; empty for the whole file.
  TomlTable(const toml::table& table, std::string file, std::string name)
      : table_(table), file_(std::move(file)), name_(std::move(name)) {}

  // Throws UsageError naming the first unknown key and the nearest allowed key.
  void allow_only(const std::vector<std::string>& keys) const;

  bool has(const std::string& key) const { return table_.contains(key); }
  bool is_text(const std::string& key) const { return table_[key].is_string(); }
  bool is_table(const std::string& key) const { return table_[key].is_table(); }
  const toml::node* node(const std::string& key) const { return table_.get(key); }
  std::string text(const std::string& key) const;  // required, not empty
  std::string text_or(const std::string& key, const std::string& otherwise) const;
  std::int64_t whole_number_or(const std::string& key, std::int64_t otherwise, WholeNumbers allowed) const;
  std::vector<std::string> texts(const std::string& key) const;  // one string or an array; absent: none
  std::vector<std::int64_t> whole_numbers(const std::string& key, WholeNumbers allowed) const;  // likewise
  std::optional<TomlTable> table(const std::string& key) const;
  std::vector<TomlTable> tables(const std::string& key) const;  // [[key]], in file order
  std::vector<std::string> keys() const;                        // in file order

  // A value in command-line form: "60", "0.05", "one-cycle"; true is "" (a flag), false is nullopt. An array becomes
  // one string per element.
  std::vector<std::optional<std::string>> option_values(const std::string& key) const;

  [[noreturn]] void fail(const std::string& key, const std::string& problem) const;
  const std::string& file() const { return file_; }

 private:
  const toml::table& table_;
  std::string file_, name_;
};

}  // namespace stapes
