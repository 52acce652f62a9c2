// SPDX-License-Identifier: Apache-2.0
#include "cli/binary_options.h"

#include <charconv>

#include "base/error.h"

namespace stapes::cli {
namespace {

// "2,3,12"; "none".
std::vector<int> parse_layers(const std::string& list) {
  std::vector<int> layers;
  if (list == "none") return layers;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (true) {
    const auto [next, error] = std::from_chars(at, end, layers.emplace_back());
    if (error != std::errc() || (next != end && *next != ',')) {
      throw UsageError("--eight-bit {} is no list of layer numbers such as 2,3,12, and not none", list);
    }
    if (next == end) return layers;
    at = next + 1;
  }
}

}  // namespace

void add_binary_options(CLI::App& command, const std::shared_ptr<BinaryOptions>& options) {
  command.add_option("--rule", options->rule, "binary: training rule, default, or paper as published");
  command.add_option(
      "--eight-bit", options->eight_bit,
      "binary: convolutions that stay in 8 bits, e.g. 2,12, or none (default 2,3,12; rule paper and images: none)");
  command.add_option("--sign-gradient", options->sign_gradient,
                     "binary: derivative of sign, clip (default) or approx (Bi-Real)");
  command.add_flag("--unscaled", options->unscaled, "binary: no real-valued scale alpha per filter");
  command.add_flag("--rprelu", options->rprelu, "binary: RPReLU instead of ReLU where a sign follows (ReActNet)");
  command.add_flag("--shortcuts", options->shortcuts, "binary: identity shortcuts (Bi-Real); cannot be packed");
}

void apply(const BinaryOptions& options, TrainConfig& config) {
  const bool given = options.rule || options.sign_gradient || options.eight_bit || options.unscaled || options.rprelu ||
                     options.shortcuts || config.activation_epochs > 0;
  if (!config.spec.binary) {
    if (!given) return;
    throw UsageError(
        "--activation-epochs, --rule, --sign-gradient, --eight-bit, --unscaled, --rprelu and --shortcuts are for "
        "--binary training");
  }
  if (options.rule) config.rule = parse_binary_rule(*options.rule);
  if (options.sign_gradient) config.sign_gradient = parse_sign_gradient(*options.sign_gradient);
  // Where it is not said, the published rule has the published form and ours keeps the three small layers that cost
  // most accuracy as bits (docs/binary-training.md).
  const bool all_binary = config.rule == BinaryRule::kPaper || config.spec.family == Family::kResnet;
  const char* usual = all_binary ? "none" : "2,3,12";
  config.spec.form = {.eight_bit = parse_layers(options.eight_bit.value_or(usual)),
                      .scaled = !options.unscaled,
                      .rprelu = options.rprelu,
                      .shortcuts = options.shortcuts};
  check_form(config.spec);
}

}  // namespace stapes::cli
