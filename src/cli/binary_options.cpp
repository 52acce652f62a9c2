// SPDX-License-Identifier: Apache-2.0
#include "cli/binary_options.h"

#include "base/error.h"
#include "graph/binary_form.h"

namespace stapes::cli {
void add_binary_options(CLI::App& command, const std::shared_ptr<BinaryOptions>& options) {
  command.add_option("--rule", options->rule, "binary: training rule, default, or paper as published");
  command.add_option(
      "--keep-8-bit,--eight-bit", options->keep_8_bit,
      "binary: convolutions that stay in 8 bits, by name or number, e.g. conv2,conv12, or none (default: those the "
      "network says, ACDNet conv2,conv3,conv12; rule paper: none)");
  command.add_option("--sign-gradient", options->sign_gradient,
                     "binary: derivative of sign, clip (default) or approx (Bi-Real)");
  command.add_flag("--unscaled", options->unscaled, "binary: no real-valued scale alpha per filter");
  command.add_flag("--rprelu", options->rprelu, "binary: RPReLU instead of ReLU where a sign follows (ReActNet)");
  command.add_flag("--shortcuts", options->shortcuts, "binary: identity shortcuts (Bi-Real); cannot be packed");
}

void apply(const BinaryOptions& options, TrainConfig& config) {
  const bool given = options.rule || options.sign_gradient || options.keep_8_bit || options.unscaled ||
                     options.rprelu || options.shortcuts || config.activation_epochs > 0;
  if (!config.spec.binary) {
    if (!given) return;
    throw UsageError(
        "--activation-epochs, --rule, --sign-gradient, --keep-8-bit, --unscaled, --rprelu and --shortcuts are for "
        "--binary training");
  }
  if (options.rule) config.rule = parse_name<BinaryRule>(*options.rule, "binary rule");
  if (options.sign_gradient) config.sign_gradient = parse_name<SignGradient>(*options.sign_gradient, "sign gradient");
  // Where it is not said, the published rule has the published form, and ours keeps what the network says: small layers
  // that cost most accuracy as bits (docs/binary-training.md).
  const Graph& graph = config.spec.graph;
  const std::vector<std::string> usual =
      config.rule == BinaryRule::kPaper ? std::vector<std::string>{} : usual_keep_8_bit(graph);
  config.spec.form = {.keep_8_bit = options.keep_8_bit ? parse_keep_8_bit(graph, *options.keep_8_bit) : usual,
                      .scaled = !options.unscaled,
                      .rprelu = options.rprelu,
                      .shortcuts = options.shortcuts};
  check_form(config.spec);
}

}  // namespace stapes::cli
