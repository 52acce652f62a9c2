// SPDX-License-Identifier: Apache-2.0
#include "import/checkpoint.h"

#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "import/advice.h"
#include "import/byte_reader.h"
#include "import/tensor_reader.h"

namespace stapes::imports {
namespace {

// Tried in this order. Trained weights take precedence over averaged ones ("model_ema", ...).
constexpr std::array<std::string_view, 11> kUsualNames = {"state_dict", "model_state_dict", "model_state", "model",
                                                          "weights",    "weight",           "net",         "network",
                                                          "params",     "module",           "checkpoint"};
constexpr int kMaxWrappers = 2;
constexpr std::size_t kMaxNames = 8;  // in a message

class Search {
 public:
  explicit Search(const Pickle& pickle) : pickle_(pickle), holds_tensors_(pickle.values.size(), false) {
    // Visits every value once: a hostile file may refer to one dict a million times.
    for (Ref ref = 0; ref < pickle.values.size(); ++ref) {
      for_each_named(ref, [&](const Value&, Ref value) {
        if (is_tensor(pickle_, pickle_[value])) holds_tensors_[ref] = true;
      });
    }
  }

  // Nested dicts come first: a loss or a random state may also be a tensor. The depth limit stops at a dict that
  // contains itself.
  std::optional<Ref> weights_in(Ref dict, int depth) const {
    if (pickle_[dict].kind == Kind::kDict && depth < kMaxWrappers) {
      for (const std::string_view name : kUsualNames) {
        const auto inside = find(pickle_, pickle_[dict], name);
        if (!inside) continue;
        if (const auto weights = weights_in(*inside, depth + 1)) return weights;
      }
      if (const auto only = only_dict_of_tensors(dict)) return only;
    }
    return holds_tensors_[dict] ? std::optional(dict) : std::nullopt;
  }

 private:
  template <class Use>
  void for_each_named(Ref dict, const Use& use) const {
    const Value& value = pickle_[dict];
    for (std::size_t i = 0; value.kind == Kind::kDict && i + 1 < value.items.size(); i += 2) {
      if (pickle_[value.items[i]].kind == Kind::kString) use(pickle_[value.items[i]], value.items[i + 1]);
    }
  }

  std::optional<Ref> only_dict_of_tensors(Ref dict) const {
    std::optional<Ref> found;
    std::vector<std::string> names;
    for_each_named(dict, [&](const Value& key, Ref value) {
      if (!holds_tensors_[value]) return;
      found = value;
      if (names.size() < kMaxNames) names.push_back(fmt::format("'{}'", printable(key.text)));
    });
    if (names.size() > 1) {
      throw Error("the file holds several dicts of tensors, {}; expected one; save only the one to import",
                  fmt::join(names, ", "));
    }
    return found;
  }

  const Pickle& pickle_;
  std::vector<bool> holds_tensors_;
};

std::string names_of(const Pickle& pickle, const Value& dict) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < dict.items.size() && names.size() < kMaxNames; i += 2) {
    const Value& key = pickle[dict.items[i]];
    names.push_back(key.kind == Kind::kString ? fmt::format("'{}'", printable(key.text)) : with_article(key.kind));
  }
  return fmt::format("{}{}", fmt::join(names, ", "), dict.items.size() / 2 > names.size() ? ", ..." : "");
}

}  // namespace

std::optional<Ref> find(const Pickle& pickle, const Value& dict, std::string_view key) {
  std::optional<Ref> found;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Value& name = pickle[dict.items[i]];
    if (name.kind == Kind::kString && name.text == key) found = dict.items[i + 1];
  }
  return found;
}

Ref find_weights(const Pickle& pickle) {
  const Value& root = pickle[pickle.root];
  if (root.kind != Kind::kDict) {
    throw Error("the file holds {}; expected a state dict or a checkpoint with a state dict; {}",
                is_tensor(pickle, root) ? "a single tensor" : with_article(root.kind), kSaveWeights);
  }
  if (const auto weights = Search(pickle).weights_in(pickle.root, 0)) return *weights;
  if (root.items.empty()) throw Error("the file holds no tensors; {}", kSaveWeights);
  throw Error(
      "the file holds no tensors where weights are expected, only {}; expected a state dict or a checkpoint with a "
      "state dict; {}",
      names_of(pickle, root), kSaveWeights);
}

}  // namespace stapes::imports
