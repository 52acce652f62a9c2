// SPDX-License-Identifier: Apache-2.0
#include "graph/graph_toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest_name.h"
#include "graph/binary_form.h"
#include "graph/networks.h"
#include "graph/node_names.h"
#include "graph/node_values.h"
#include "graph/node_windows.h"
#include "graph/ties.h"
#include "graph/toml_table.h"

namespace stapes {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kLongestWidth = 80, kMaxParameters = 100;

template <NamedEnum Enum>
Enum parse_value(const NodeValues& values, const std::string& key) {
  const std::string text = values.text(key);
  const std::optional<Enum> value = value_called<Enum>(text);
  if (!value) values.fail(key, unknown_name(key, text, names_of<Enum>()));
  return *value;
}

NodeActivation parse_activation(const NodeValues& values, bool allow_rprelu) {
  if (!values.has("activation")) return NodeActivation::kRelu;
  const std::string text = values.text("activation");
  if (text == "rprelu" && !allow_rprelu)
    values.fail("activation", unknown_name("activation", text, {"relu", "relu6", "none"}));
  return parse_value<NodeActivation>(values, "activation");
}

NodePrecision parse_precision(const NodeValues& values) {
  return values.has("precision") ? parse_value<NodePrecision>(values, "precision") : NodePrecision::kAny;
}

bool is_name(const std::string& name, std::size_t longest = 60) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto fits = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= longest && letter(name.front()) && std::ranges::all_of(name, fits);
}

class GraphParser {
 public:
  GraphParser(std::string source, int class_count) : source_(std::move(source)), class_count_(class_count) {}

  Graph parse(const toml::table& file) {
    const TomlTable root(file, source_, "");
    root.allow_only({"name", "input", "like", "widths", "width_multiplier", "block"});
    if (root.has("like")) {
      begin_like(root);
    } else {
      read_input(root);
      read_widths(root);
      for (const TomlTable& block : root.tables("block")) read_block(block);
      check_ends(root);
      tie();
    }
    graph_.name = root.text("name");
    const auto fits = [](char c) {
      return c != '"' && c != '\\' && c != 0x7f && static_cast<unsigned char>(c) >= 0x20;
    };
    if (graph_.name.size() > 60 || !std::ranges::all_of(graph_.name, fits)) {
      root.fail("name", "expected up to 60 characters without quotes, backslashes or control characters");
    }
    if (root.has("width_multiplier")) scale_by(root);
    return std::move(graph_);
  }

 private:
  void begin_like(const TomlTable& root) {
    for (const char* key : {"input", "block"}) {
      if (root.has(key)) root.fail(key, "cannot be combined with `like`, which takes all nodes from another network");
    }
    const std::vector<std::string> known = network_names();
    const std::string like = root.text("like");
    if (std::ranges::find(known, like) == known.end()) {  // built-in names only: a stored graph must not open files
      root.fail("like", fmt::format("expected a built-in network: {}", fmt::join(known, ", ")));
    }
    graph_ = named_graph(like, class_count_);
    if (!root.has("widths")) return;
    std::vector<int> widths;
    for (const std::int64_t width : root.whole_numbers("widths", {1, kMaxWidth}))
      widths.push_back(static_cast<int>(width));
    try {
      set_widths(graph_, widths);
    } catch (const UsageError& error) {
      root.fail("widths", error.what());
    }
  }

  void read_input(const TomlTable& root) {
    const std::optional<GraphInput> input = value_called<GraphInput>(root.text("input"));
    if (!input) root.fail("input", "expected \"audio\", \"image\" or \"features\"");
    graph_.input = *input;
  }

  int add_width(const std::string& name, int channels, bool per_class, int like = kNoWidth) {
    graph_.widths.push_back(channels);
    graph_.width_names.push_back(name);
    graph_.width_per_class.push_back(per_class);
    graph_.width_like.push_back(like);
    return static_cast<int>(graph_.widths.size()) - 1;
  }

  int width_called(const std::string& name) const {
    const auto found = std::ranges::find(graph_.width_names, name);
    return found == graph_.width_names.end() ? kNoWidth : static_cast<int>(found - graph_.width_names.begin());
  }

  void read_widths(const TomlTable& root) {
    const std::optional<TomlTable> widths = root.table("widths");
    if (!widths) return;
    for (const std::string& name : widths->keys()) {
      if (!is_name(name, kLongestWidth) || name == "classes")
        widths->fail(
            name,
            fmt::format("invalid name; use up to {} letters, digits and _, starting with a letter, but not \"classes\"",
                        kLongestWidth));
      if (!widths->is_text(name)) {
        add_width(name, static_cast<int>(widths->whole_number_or(name, 1, {1, kMaxWidth})), false);
        continue;
      }
      const int like = width_called(widths->text(name));
      if (like == kNoWidth) widths->fail(name, "expected a whole number or the name of an earlier width");
      add_width(name, graph_.widths[static_cast<std::size_t>(like)], false, like);
    }
  }

  static std::optional<NodeValue> parameter(const toml::node& node) {
    if (const auto number = node.value_exact<std::int64_t>()) return *number;
    if (const auto flag = node.value_exact<bool>()) return *flag;
    if (const auto text = node.value_exact<std::string>()) return *text;
    return std::nullopt;
  }

  std::vector<NodeParameters> repetitions(const TomlTable& block) const {
    std::int64_t times = block.whole_number_or("times", 0, {1, kMaxNodes});
    const toml::table* const with = block.has("with") ? block.node("with")->as_table() : nullptr;
    if (block.has("with") && with == nullptr) block.fail("with", "expected a table of parameters");
    if (with != nullptr && with->size() > kMaxParameters) {
      block.fail("with", fmt::format("more than {} parameters", kMaxParameters));
    }
    if (with != nullptr) {
      for (const auto& [key, node] : *with) {
        const toml::array* const array = node.as_array();
        if (array == nullptr) continue;
        const auto length = static_cast<std::int64_t>(array->size());
        if (length < 1 || length > kMaxNodes)
          block.fail("with", fmt::format("{} has {} values; expected 1 to {}", key.str(), length, kMaxNodes));
        if (times != 0 && length != times) {
          block.fail("with", fmt::format("the length of {} is {}, but the number of repetitions is {}", key.str(),
                                         length, times));
        }
        times = length;
      }
    }
    std::vector<NodeParameters> all(static_cast<std::size_t>(std::max<std::int64_t>(times, 1)));
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]["i"] = static_cast<std::int64_t>(i + 1);
      if (with == nullptr) continue;
      for (const auto& [key, node] : *with) {
        const toml::array* const array = node.as_array();
        const auto value = parameter(array != nullptr ? *array->get(i) : node);
        if (!value) block.fail("with", fmt::format("{}: expected integers, strings, true or false", key.str()));
        all[i][std::string(key.str())] = *value;
      }
    }
    return all;
  }

  void read_block(const TomlTable& block) {
    block.allow_only({"times", "with", "nodes"});
    const toml::array* const nodes = block.has("nodes") ? block.node("nodes")->as_array() : nullptr;
    if (nodes == nullptr || nodes->empty())
      block.fail("nodes", "expected an array of nodes: [ { name = ..., op = ... }, ... ]");
    used_parameters_.clear();
    const std::vector<NodeParameters> repeated = repetitions(block);
    for (const NodeParameters& parameters : repeated) {
      entry_ = static_cast<int>(graph_.nodes.size()) - 1;
      for (const toml::node& node : *nodes) {
        const toml::table* const table = node.as_table();
        if (table == nullptr) block.fail("nodes", "expected tables: { name = ..., op = ... }");
        if (graph_.nodes.size() == kMaxNodes) block.fail("nodes", fmt::format("more than {} nodes", kMaxNodes));
        add_node(NodeValues(*table, parameters, source_, &used_parameters_));
      }
    }
    for (const auto& [name, value] : repeated.front()) {
      if (name != "i" && !used_parameters_.contains(name)) block.fail("with", fmt::format("no node uses {{{}}}", name));
    }
  }

  void add_node(const NodeValues& values) {
    Node node;
    node.op = parse_value<NodeOp>(values, "op");
    node.name = values.text("name");
    allow_keys(values, node.op);
    claim_names(values, node);
    node.inputs = parse_inputs(values, node.op);
    switch (node.op) {
      case NodeOp::kConv:
        parse_conv(values, node);
        break;
      case NodeOp::kMaxPool:
        parse_max_pool(values, node);
        break;
      case NodeOp::kAveragePool:
        parse_pool(values, node);
        break;
      case NodeOp::kAdd:
        node.activation = parse_activation(values, false);
        break;
      case NodeOp::kLinear:
        parse_linear(values, node);
        break;
      default:
        break;
    }
    lines_.push_back(values.line());
    graph_.nodes.push_back(std::move(node));
    check_precision(values);
  }

  void check_precision(const NodeValues& values) const {
    if (graph_.nodes.back().precision != NodePrecision::kBinary) return;
    const std::string reason = not_binary_because(graph_, static_cast<int>(graph_.nodes.size()) - 1);
    if (!reason.empty()) values.fail("precision", "this node cannot be binary: " + reason);
  }

  static void allow_keys(const NodeValues& values, NodeOp op) {
    std::vector<std::string> keys = {"name", "op", "input", "inputs"};
    const auto allow = [&](std::initializer_list<const char*> more) {
      keys.insert(keys.end(), more.begin(), more.end());
    };
    if (op == NodeOp::kConv) {
      allow({"kernel", "stride", "pad", "filters", "groups", "norm", "activation", "precision", "pool"});
    }
    if (op == NodeOp::kMaxPool) allow({"pool", "stride", "pad"});
    if (op == NodeOp::kAveragePool) allow({"pool"});
    if (op == NodeOp::kAdd) allow({"activation"});
    if (op == NodeOp::kLinear) allow({"filters", "norm", "activation", "precision"});
    values.allow_only(keys);
  }

  // Tensors are named after nodes, so the names of batch norms and RPReLUs must be unique, too.
  void claim_names(const NodeValues& values, const Node& node) {
    if (!is_name(node.name))
      values.fail("name", fmt::format("invalid name '{}'; use up to 60 letters, digits and _, starting with a letter",
                                      node.name));
    if (node.name == "input" || node.name == "entry" || node.name == kHeadSumsName)
      values.fail("name", fmt::format("'{}' is reserved; choose another name", node.name));
    std::vector<std::string> names = {node.name};
    const bool has_parts = node.op == NodeOp::kConv || (node.op == NodeOp::kLinear && node.name != kHeadName);
    if (has_parts) names.insert(names.end(), {norm_name(node.name), rprelu_name(node.name)});
    for (const std::string& name : names) {
      if (names_.insert(name).second) continue;
      values.fail(
          "name",
          name == node.name
              ? fmt::format("{} is taken; choose another name", name)
              : fmt::format("the node's batch norm or RPReLU would be named {}, which is taken; choose another name",
                            name));
    }
  }

  std::vector<int> parse_inputs(const NodeValues& values, NodeOp op) const {
    if (values.has("input") && values.has("inputs")) values.fail("input", "cannot be combined with `inputs`");
    const char* const key = values.has("input") ? "input" : "inputs";
    const std::size_t wanted = op == NodeOp::kAdd ? 2 : 1;
    if (!values.has(key)) {
      if (wanted == 1) return {static_cast<int>(graph_.nodes.size()) - 1};
      values.fail("", "an addition needs two inputs");
    }
    std::vector<int> inputs;
    for (const NodeValue& value : values.values(key)) {
      const auto* name = std::get_if<std::string>(&value);
      if (name == nullptr) values.fail(key, "expected names of nodes");
      inputs.push_back(find_input(values, key, *name));
    }
    if (inputs.size() != wanted)
      values.fail(key, fmt::format("wrong number of inputs: expected {}, found {}", wanted, inputs.size()));
    return inputs;
  }

  int find_input(const NodeValues& values, const char* key, const std::string& name) const {
    if (name == "input") return kGraphInput;
    if (name == "entry") return entry_;
    const auto found = std::ranges::find(graph_.nodes, name, &Node::name);
    if (found != graph_.nodes.end()) return static_cast<int>(found - graph_.nodes.begin());
    std::vector<std::string> known = {"input", "entry"};
    for (const Node& node : graph_.nodes) known.push_back(node.name);
    values.fail(key, fmt::format("no earlier node is called '{}'; did you mean {}?", name, nearest_name(name, known)));
  }

  void parse_conv(const NodeValues& values, Node& node) {
    if (!values.has("kernel")) values.fail("", "kernel is missing");
    const NodeValues::Pair kernel = values.pair_or("kernel", 1, 1, kMaxSize);
    const NodeValues::Pair stride = values.pair_or("stride", 1, 1, kMaxSize);
    node.kernel_h = kernel.h;
    node.kernel_w = kernel.w;
    node.stride_h = stride.h;
    node.stride_w = stride.w;
    parse_pad(values, node);
    node.norm = values.flag_or("norm", true);
    node.activation = parse_activation(values, true);
    node.precision = parse_precision(values);
    if (values.has("pool")) parse_pool(values, node);
    parse_groups(values, node);
    if (node.groups != kDepthwise) {
      node.width = filters_of(values, node);
    } else if (values.has("filters")) {
      values.fail("filters", "a depthwise convolution has one filter per input channel; leave out `filters`");
    }
  }

  // The head outputs the scores. Any other linear node is a 1 x 1 convolution, with a bias unless it has a batch norm.
  void parse_linear(const NodeValues& values, Node& node) {
    if (node.name == kHeadName) {
      for (const char* key : {"norm", "activation", "precision"}) {
        if (values.has(key)) values.fail(key, "the head outputs the scores; leave out this key");
      }
      if (values.has("filters") && values.value("filters") != NodeValue("classes")) {
        values.fail("filters",
                    "the head outputs one score per class; use \"classes\", or rename the node if it is not the head");
      }
      return;
    }
    if (!values.has("filters")) values.fail("", "`filters` is missing; every linear node except the head needs it");
    node.op = NodeOp::kConv;
    node.dense = true;
    node.norm = values.flag_or("norm", false);
    node.activation = parse_activation(values, true);
    node.precision = parse_precision(values);
    node.width = filters_of(values, node);
  }

  static void parse_groups(const NodeValues& values, Node& node) {
    if (!values.has("groups")) return;
    const NodeValue value = values.value("groups");
    if (value == NodeValue("depthwise")) {
      node.groups = kDepthwise;
      return;
    }
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 1 || *number > kMaxWidth) {
      values.fail("groups", fmt::format("expected a whole number from 1 to {}, or \"depthwise\"", kMaxWidth));
    }
    node.groups = static_cast<int>(*number);
  }

  int filters_of(const NodeValues& values, const Node& node) {
    const NodeValue value = values.value("filters");
    std::string name = node.name;
    while (name == "classes" || width_called(name) != kNoWidth) name += "_";
    if (value == NodeValue("classes")) return add_width(name, class_count_, true);
    if (const auto* text = std::get_if<std::string>(&value)) {
      const int width = width_called(*text);
      if (width != kNoWidth) return width;
      std::vector<std::string> known = graph_.width_names;
      known.emplace_back("classes");
      values.fail("filters", fmt::format("unknown width '{}'; known widths: {}", *text, fmt::join(known, ", ")));
    }
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 1 || *number > kMaxWidth) {
      values.fail("filters",
                  fmt::format("expected a whole number from 1 to {}, the name of a width, or \"classes\"", kMaxWidth));
    }
    return add_width(name, static_cast<int>(*number), false);
  }

  void check_ends(const TomlTable& root) const {
    if (graph_.nodes.empty()) root.fail("", "the network has no nodes; it needs a [[block]]");
    if (graph_.nodes.back().op != NodeOp::kLinear) {
      root.fail("block", fmt::format("the network has no output: its last node, {}, is not a linear node called head",
                                     graph_.nodes.back().name));
    }
    if (std::ranges::find(graph_.nodes, NodeOp::kConv, &Node::op) == graph_.nodes.end()) {
      root.fail("block", "the network has no convolution");
    }
    std::set<int> read;
    for (const Node& node : graph_.nodes) read.insert(node.inputs.begin(), node.inputs.end());
    for (std::size_t i = 0; i + 1 < graph_.nodes.size(); ++i) {
      if (read.contains(static_cast<int>(i))) continue;
      throw UsageError("{}:{}: node {}: nothing reads it; only the last node can be an output", source_, lines_[i],
                       graph_.nodes[i].name);
    }
    std::vector<bool> used(graph_.widths.size());
    for (const Node& node : graph_.nodes) {
      if (node.width != kNoWidth) used[static_cast<std::size_t>(node.width)] = true;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i])
        root.fail("widths", fmt::format("unused width: no node has filters = \"{}\"", graph_.width_names[i]));
    }
  }

  void tie() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      try {
        tie_widths_of(graph_, i);
      } catch (const UsageError& error) {
        throw UsageError("{}:{}: {}", source_, lines_[i], error.what());
      }
    }
  }

  void scale_by(const TomlTable& root) {
    const auto factor = root.node("width_multiplier")->value<double>();
    if (!factor || !(*factor > 0 && *factor <= 64))
      root.fail("width_multiplier", "expected a number above 0 and at most 64");
    scale_widths(graph_, *factor);
  }

  std::string source_;
  int class_count_;
  Graph graph_;
  std::vector<int> lines_;  // of each node
  std::set<std::string> names_, used_parameters_;
  int entry_ = kGraphInput;  // the last node before this repetition
};

}  // namespace

Graph parse_graph(const std::string& text, const std::string& source, int class_count) {
  const toml::table file = parse_toml(text, source);
  return GraphParser(source, class_count).parse(file);
}

Graph read_graph(const std::filesystem::path& path, int class_count) {
  return parse_graph(read_text_file(path, kMaxFileBytes), path.string(), class_count);
}

}  // namespace stapes
