// SPDX-License-Identifier: Apache-2.0
#include "graph/node_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/text.h"

namespace stapes {

namespace {
constexpr std::size_t kLongestText = 200, kLongestName = 60;
}  // namespace

NodeValues::NodeValues(const toml::table& table, const NodeParameters& parameters, std::string source,
                       std::set<std::string>* used)
    : table_(table), parameters_(parameters), source_(std::move(source)), used_(used) {}

void NodeValues::fail(const std::string& key, const std::string& problem) const {
  const toml::node* const node = table_.get(key);
  const auto line = (node != nullptr ? node->source() : table_.source()).begin.line;
  const auto name = table_.get_as<std::string>("name");
  throw UsageError("{}:{}: node {}{}{}: {}", source_, line,
                   name ? printable(name->get()).substr(0, kLongestName) : "without a name", key.empty() ? "" : ", ",
                   printable(key), printable(problem));
}

void NodeValues::allow_only(const std::vector<std::string>& keys) const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (std::ranges::find(keys, name) != keys.end()) continue;
    fail(name, fmt::format("unknown key; did you mean {}? This node takes {}", nearest_name(name, keys),
                           fmt::join(keys, ", ")));
  }
}

std::string NodeValues::expand(const std::string& key, const std::string& text) const {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    expanded += text.substr(at, open - at);
    if (open == std::string::npos) break;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) fail(key, "a '{' without a '}'; write {NAME} to insert the parameter NAME");
    const std::string name = text.substr(open + 1, close - open - 1);
    const auto parameter = parameters_.find(name);
    if (parameter == parameters_.end()) {
      fail(key, fmt::format("the block has no parameter {{{}}}; define it in `with`", name));
    }
    if (std::holds_alternative<bool>(parameter->second)) {
      fail(key, fmt::format("{{{}}} is true or false and cannot be part of a string", name));
    }
    used_->insert(name);
    if (const auto* number = std::get_if<std::int64_t>(&parameter->second)) expanded += std::to_string(*number);
    if (const auto* part = std::get_if<std::string>(&parameter->second)) expanded += *part;
    at = close + 1;
    if (expanded.size() > kLongestText) fail(key, fmt::format("more than {} characters", kLongestText));
  }
  return expanded;
}

NodeValue NodeValues::resolve(const std::string& key, const toml::node& node) const {
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto flag = node.value_exact<bool>()) return *flag;
  const auto text = node.value_exact<std::string>();
  if (!text) fail(key, "expected a whole number, a string in quotes, true or false");
  const bool one_placeholder = text->size() > 2 && text->front() == '{' && text->find('}') == text->size() - 1;
  if (one_placeholder) {
    const auto parameter = parameters_.find(text->substr(1, text->size() - 2));
    if (parameter != parameters_.end()) {
      used_->insert(parameter->first);
      return parameter->second;
    }
  }
  return expand(key, *text);
}

NodeValue NodeValues::value(const std::string& key) const {
  const toml::node* const node = table_.get(key);
  if (node == nullptr) fail("", fmt::format("{} is missing", key));
  return resolve(key, *node);
}

std::string NodeValues::text(const std::string& key) const {
  const NodeValue found = value(key);
  const auto* text = std::get_if<std::string>(&found);
  if (text == nullptr || text->empty()) fail(key, "expected a string in quotes");
  return *text;
}

bool NodeValues::flag_or(const std::string& key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const NodeValue found = value(key);
  const auto* flag = std::get_if<bool>(&found);
  if (flag == nullptr) fail(key, "expected true or false");
  return *flag;
}

std::vector<NodeValue> NodeValues::values(const std::string& key) const {
  const toml::node* const node = table_.get(key);
  if (node == nullptr) fail("", fmt::format("{} is missing", key));
  const toml::array* const array = node->as_array();
  if (array == nullptr) return {resolve(key, *node)};
  std::vector<NodeValue> values;
  for (const toml::node& element : *array) values.push_back(resolve(key, element));
  return values;
}

NodeValues::Pair NodeValues::pair_or(const std::string& key, int otherwise, int least, int most) const {
  if (!has(key)) return {otherwise, otherwise};
  std::vector<int> numbers;
  for (const NodeValue& value : values(key)) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < least || *number > most) {
      fail(key, fmt::format("expected integers from {} to {}", least, most));
    }
    numbers.push_back(static_cast<int>(*number));
  }
  if (numbers.empty() || numbers.size() > 2) fail(key, "expected one number for both axes, or [height, width]");
  return {numbers.front(), numbers.back()};
}

}  // namespace stapes
