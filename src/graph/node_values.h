// SPDX-License-Identifier: Apache-2.0
// node_values.h: the values of one node of a block, with {placeholders} replaced by the block's parameters.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace stapes {

using NodeValue = std::variant<std::int64_t, std::string, bool>;
using NodeParameters = std::map<std::string, NodeValue>;

// Borrows the parsed file and the parameters. Every error is a UsageError that begins with file and line, as in
// "net.toml:12:".
class NodeValues {
 public:
  // `used` collects the names of the parameters that the node uses.
  NodeValues(const toml::table& table, const NodeParameters& parameters, std::string source,
             std::set<std::string>* used);

  void allow_only(const std::vector<std::string>& keys) const;
  bool has(const std::string& key) const { return table_.contains(key); }
  std::string text(const std::string& key) const;  // required, not empty
  bool flag_or(const std::string& key, bool otherwise) const;
  NodeValue value(const std::string& key) const;  // required; a number or a string

  // One value, or an array of them.
  std::vector<NodeValue> values(const std::string& key) const;

  // One whole number for both axes, or [height, width]; absent: `otherwise` for both.
  struct Pair {
    int h = 0, w = 0;
  };
  Pair pair_or(const std::string& key, int otherwise, int least, int most) const;

  int line() const { return static_cast<int>(table_.source().begin.line); }
  [[noreturn]] void fail(const std::string& key, const std::string& problem) const;

 private:
  NodeValue resolve(const std::string& key, const toml::node& node) const;
  std::string expand(const std::string& key, const std::string& text) const;

  const toml::table& table_;
  const NodeParameters& parameters_;
  std::string source_;
  std::set<std::string>* used_;
};

}  // namespace stapes
