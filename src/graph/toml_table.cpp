// SPDX-License-Identifier: Apache-2.0
#include "graph/toml_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/text.h"

namespace stapes {
namespace {

std::optional<std::string> option_value(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>(); text && !text->empty()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto number = node.value_exact<double>()) return fmt::format("{}", *number);
  if (const auto flag = node.value_exact<bool>()) return *flag ? std::optional<std::string>("") : std::nullopt;
  throw std::invalid_argument("not a value for an option");
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& where) {
  try {
    return toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw UsageError("{}:{}: invalid TOML: {}", where, error.source().begin.line, error.description());
  }
}

void TomlTable::fail(const std::string& key, const std::string& problem) const {
  const toml::node* const node = table_.get(key);
  const toml::source_region& region = node != nullptr ? node->source() : table_.source();
  throw UsageError("{}:{}: {}{}{}: {}", file_, region.begin.line, printable(name_),
                   name_.empty() || key.empty() ? "" : ", ", printable(key), printable(problem));
}

void TomlTable::allow_only(const std::vector<std::string>& keys) const {
  for (const std::string& key : this->keys()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    fail(key,
         fmt::format("unknown key; did you mean {}? Known keys: {}", nearest_name(key, keys), fmt::join(keys, ", ")));
  }
}

std::string TomlTable::text(const std::string& key) const {
  const auto value = table_[key].value_exact<std::string>();
  if (!value || value->empty()) fail(key, "expected a non-empty string in quotes");
  return *value;
}

std::string TomlTable::text_or(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text(key) : otherwise;
}

std::string WholeNumbers::text() const {
  if (most == std::numeric_limits<std::int64_t>::max()) return fmt::format("of at least {}", least);
  return fmt::format("from {} to {}", least, most);
}

std::int64_t TomlTable::whole_number_or(const std::string& key, std::int64_t otherwise, WholeNumbers allowed) const {
  if (!has(key)) return otherwise;
  const auto value = table_[key].value_exact<std::int64_t>();
  if (!value || !allowed.has(*value)) fail(key, fmt::format("expected a whole number {}", allowed.text()));
  return *value;
}

std::vector<std::string> TomlTable::texts(const std::string& key) const {
  if (!has(key)) return {};
  const toml::array* const array = table_[key].as_array();
  if (array == nullptr) return {text(key)};
  std::vector<std::string> texts;
  for (const toml::node& node : *array) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) fail(key, "expected strings in quotes");
    texts.push_back(*value);
  }
  return texts;
}

std::vector<std::int64_t> TomlTable::whole_numbers(const std::string& key, WholeNumbers allowed) const {
  if (!has(key)) return {};
  const toml::array* const array = table_[key].as_array();
  if (array == nullptr) return {whole_number_or(key, 0, allowed)};
  std::vector<std::int64_t> numbers;
  for (const toml::node& node : *array) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || !allowed.has(*value)) fail(key, fmt::format("expected integers {}", allowed.text()));
    numbers.push_back(*value);
  }
  return numbers;
}

std::optional<TomlTable> TomlTable::table(const std::string& key) const {
  if (!has(key)) return std::nullopt;
  const toml::table* const table = table_[key].as_table();
  if (table == nullptr) fail(key, "expected a table");
  return TomlTable(*table, file_, name_.empty() ? key : name_ + ", " + key);
}

std::vector<TomlTable> TomlTable::tables(const std::string& key) const {
  std::vector<TomlTable> tables;
  if (!has(key)) return tables;
  const toml::array* const array = table_[key].as_array();
  if (array == nullptr) fail(key, fmt::format("expected tables: [[{}]]", key));
  for (const toml::node& node : *array) {
    if (!node.is_table()) fail(key, fmt::format("expected tables: [[{}]]", key));
    const auto name = node.as_table()->get_as<std::string>("name");
    tables.push_back(TomlTable(*node.as_table(), file_, fmt::format("[[{}]]{}", key, name ? " " + name->get() : "")));
  }
  return tables;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<toml::source_position, std::string>> placed;
  for (const auto& [key, node] : table_) placed.emplace_back(key.source().begin, std::string(key.str()));
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> keys;
  for (auto& [place, key] : placed) keys.push_back(std::move(key));
  return keys;
}

std::vector<std::optional<std::string>> TomlTable::option_values(const std::string& key) const {
  const toml::node* const node = table_.get(key);
  std::vector<std::optional<std::string>> values;
  try {
    if (const toml::array* const array = node->as_array()) {
      for (const toml::node& element : *array) values.push_back(option_value(element));
    } else {
      values.push_back(option_value(*node));
    }
  } catch (const std::invalid_argument&) {
    fail(key, "expected a non-empty string, a number, true or false, or an array of them");
  }
  if (values.empty()) fail(key, "expected at least one value");
  return values;
}

}  // namespace stapes
