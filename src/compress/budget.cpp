// SPDX-License-Identifier: Apache-2.0
#include "compress/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "graph/geometry.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "stapes/classifier.h"

namespace stapes {
namespace {

FloatTensor filled(std::vector<std::int64_t> shape, float value) {
  std::size_t count = 1;
  for (const std::int64_t n : shape) count *= static_cast<std::size_t>(n);
  return {std::move(shape), std::vector<float>(count, value)};
}

// Positive weights give every activation a nonzero range, so no scale or zero point has its default value, which a file
// would omit.
TrainedNetwork stand_in(const TrainedNetwork& like) {
  TrainedNetwork network = like;
  network.tensors.clear();
  const NetworkGeometry geometry = network_geometry(like.spec);
  for (const ConvGeometry& g : geometry.convs) {
    network.tensors[g.name + ".weight"] =
        filled({g.out_channels, g.group_channels(), g.kernel_h, g.kernel_w}, 1 / static_cast<float>(g.taps()));
    if (g.norm.empty()) {
      network.tensors[g.name + ".bias"] = filled({g.out_channels}, 0.1f);
      continue;
    }
    for (const char* part : {".weight", ".running_var"}) {
      network.tensors[g.norm + part] = filled({g.norm_channels()}, 1);
    }
    for (const char* part : {".bias", ".running_mean"}) {
      network.tensors[g.norm + part] = filled({g.norm_channels()}, 0.1f);
    }
    if (g.rprelu.empty()) continue;
    for (const char* part : {".threshold", ".slope", ".offset"}) {
      network.tensors[g.rprelu + part] = filled({g.out_channels}, 0.1f);
    }
  }
  const int inputs = geometry.head_inputs;
  network.tensors["head.weight"] = filled({like.spec.class_count, inputs}, 0.1f);
  network.tensors["head.bias"] = filled({like.spec.class_count}, 0.1f);
  return network;
}

DeviceNeeds needs_of(const packed::fb::ModelT& model) {
  const auto file = packed_in_memory(model, "a network of these widths");
  return {.flash_bytes = static_cast<std::int64_t>(file->blob().size()),
          .ram_bytes = static_cast<std::int64_t>(Classifier::arena_bytes(file->blob())),
          .macs = model_cost(file->model()).macs};
}

TrainedNetwork without_first(const TrainedNetwork& network, std::span<const FilterId> order, int count) {
  TrainedNetwork smaller = network;
  smaller.tensors.clear();
  for (const FilterId& id : order.first(static_cast<std::size_t>(count))) {
    --smaller.spec.graph.widths[static_cast<std::size_t>(id.width)];
  }
  return smaller;
}

}  // namespace

std::string to_string(const DeviceNeeds& needs) {
  return fmt::format("{} bytes of flash, {} bytes of RAM, {:.3g} M MACs", needs.flash_bytes, needs.ram_bytes,
                     static_cast<double>(needs.macs) / 1e6);
}

TrainedNetwork untrained(const NetworkSpec& spec) {
  TrainedNetwork network{.spec = spec, .labels = {}, .tensors = {}};
  for (int c = 0; c < spec.class_count; ++c) network.labels.push_back("class " + std::to_string(c));
  return network;
}

DeviceNeeds int8_needs(const TrainedNetwork& like) {
  const std::vector<std::int16_t> window(static_cast<std::size_t>(input_values(like.spec.input)), 8192);
  const QuantizeOptions options{.keep_fp32 = usual_keep_fp32(like.spec.graph)};
  return needs_of(quantize_post_training(
      pack_network(stand_in(like)), [&](const auto& use) { use(window); }, options));
}

DeviceNeeds binary_needs(const TrainedNetwork& like) { return needs_of(pack_binary(stand_in(like))); }

void check_packable(const NetworkSpec& spec) {
  try {
    packed_in_memory(pack_network(stand_in(untrained(spec))), "the packed model");
  } catch (const Error& error) {
    throw UsageError("the network {} cannot be packed: {}", spec.graph.name, error.what());
  }
}

bool fits(const DeviceNeeds& needs, const Budget& budget) {
  const auto within = [](std::int64_t need, const std::optional<std::int64_t>& bound) {
    return !bound || need <= *bound;
  };
  return within(needs.flash_bytes, budget.flash_bytes) && within(needs.ram_bytes, budget.ram_bytes) &&
         within(needs.macs, budget.macs);
}

void refuse_unreachable(const TrainedNetwork& network, const PruneScope& scope, const Budget& budget) {
  for (const auto& bound : {budget.flash_bytes, budget.ram_bytes, budget.macs}) {
    if (bound && *bound < 1) throw UsageError("the budget is {}; expected at least 1", *bound);
  }
  TrainedNetwork smallest = network;
  const std::vector<bool> in_scope = widths_in_scope(network.spec.graph, scope);
  for (std::size_t i = 0; i < in_scope.size(); ++i) {
    if (in_scope[i]) smallest.spec.graph.widths[i] = 1;
  }
  const DeviceNeeds least = int8_needs(smallest);
  if (fits(least, budget)) return;
  throw UsageError(
      "pruning the filters cannot meet the budget: with one filter left in each layer{}, the network needs {}; "
      "raise the budget, or train with a shorter window or fewer classes",
      scope.first.empty() ? "" : " from " + scope.first + " on", to_string(least));
}

int removals_to_fit(const TrainedNetwork& network, std::span<const FilterId> order, const Budget& budget) {
  int too_few = -1, enough = static_cast<int>(order.size());  // the answer is in (too_few, enough]
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    (fits(int8_needs(without_first(network, order, middle)), budget) ? enough : too_few) = middle;
  }
  return enough;
}

}  // namespace stapes
