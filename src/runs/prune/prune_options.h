// SPDX-License-Identifier: Apache-2.0
// prune_options.h: the options of `stapes prune`, except those of the training that follows (train_options.h).
#pragma once

#include "runs/option.h"
#include "runs/prune/prune_plan.h"

namespace stapes {

template <class Visit>
void visit_options(OptionsOf<PruneSettings>, Visit&& visit) {
  using Entry = Option<PruneSettings>;
  constexpr OptionGroup kGroup = OptionGroup::kPruning;
  constexpr unsigned kWho = kPrune | kInPlans;

  visit(
      Entry{.name = "method",
            .group = kGroup,
            .taken_by = kWho,
            .help = "What to remove: weight (single weights: the smallest |w| stay at 0), filters by magnitude (sum "
                    "|w|) or by taylor (estimated change in loss), or hybrid (weights, then filters)"},
      [](auto& s) -> auto& { return s.method; });
  visit(
      Entry{.name = "scope",
            .group = kGroup,
            .taken_by = kWho,
            .help =
                "Part to prune: network (all of it), tfeb (everything after the transpose) or the name of the first "
                "convolution to prune"},
      [](auto& s) -> auto& { return s.scope; });
  visit(
      Entry{.name = "ratio",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Share of the filters in scope to remove, or of the weights with --method weight",
            .usual = "0.5; --method weight: 0.95"},
      [](auto& s) -> auto& { return s.ratio; });
  visit(
      Entry{.name = "flash",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Instead of --ratio: maximum size of the packed int8 model, such as 128K or 1M",
            .unit = "bytes"},
      [](auto& s) -> auto& { return s.flash; });
  visit(
      Entry{.name = "ram",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Instead of --ratio: maximum arena size of the packed int8 model",
            .unit = "bytes"},
      [](auto& s) -> auto& { return s.ram; });
  visit(
      Entry{.name = "macs",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Instead of --ratio: maximum number of multiply-accumulates, such as 15M"},
      [](auto& s) -> auto& { return s.macs; });
  visit(
      Entry{.name = "pace",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Filters removed per step: exact (one, as published; takes hours), step:K (K) or one-shot (all "
                    "at once); 2 epochs of training follow each step, except with one-shot",
            .usual = "one-shot"},
      [](auto& s) -> auto& { return s.pace; });
  visit(
      Entry{.name = "rank",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Hybrid: ranking of the filters",
            .usual = "taylor"},
      [](auto& s) -> auto& { return s.rank; });
  visit(
      Entry{.name = "weight-ratio",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Hybrid: share of the weights to remove before the filters",
            .usual = "0.95"},
      [](auto& s) -> auto& { return s.weight_ratio; });
  visit(
      Entry{.name = "weight-epochs",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Hybrid: epochs of weight pruning",
            .usual = "500"},
      [](auto& s) -> auto& { return s.weight_epochs; });
  visit(
      Entry{.name = "from-scratch",
            .group = kGroup,
            .taken_by = kWho,
            .help = "Train a network of the pruned widths from random weights"},
      [](auto& s) -> auto& { return s.from_scratch; });
}

}  // namespace stapes
