// SPDX-License-Identifier: Apache-2.0
// quantize_options.h: the settings of `stapes quantize` and the table of their options.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compress/aware_training.h"
#include "compress/quantize.h"
#include "runs/option.h"

namespace stapes {

// The model to keep after quantization-aware training.
enum class AwareSelect {
  kValidation,  // best int8 model on held-out clips
  kLast,        // model of the last epoch
};
template <>
inline constexpr auto kNames<AwareSelect> = std::to_array<Named<AwareSelect>>({{AwareSelect::kValidation, "validation"},
                                                                               {AwareSelect::kLast, "last"}});

struct AwareSettings {
  bool wanted = false;
  AwareSelect select = AwareSelect::kValidation;
  AwareTraining training = {};
};

struct QuantizeSettings {
  QuantizeOptions options = {};                            // except keep_fp32, which follows from the next member
  std::optional<std::vector<std::string>> keep_fp32 = {};  // empty: the nodes with precision fp32
  int bits = 8;
  int calibration_samples = 320;
  AwareSettings aware = {};
};

template <class Visit>
void visit_options(OptionsOf<QuantizeSettings>, Visit&& visit) {
  using Entry = Option<QuantizeSettings>;
  using Group = OptionGroup;
  constexpr unsigned kWho = kQuantize | kInPlans;

  visit(
      Entry{.name = "bits",
            .group = Group::kInt8,
            .taken_by = kQuantize,
            .help = "Bits of weights and activations; only 8 is supported",
            .bounds = from_to(8, 8)},
      [](auto& s) -> auto& { return s.bits; });
  visit(
      Entry{.name = "weights",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Granularity of the weight scales of a convolution"},
      [](auto& s) -> auto& { return s.options.weights; });
  visit(
      Entry{.name = "observer",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Rule that chooses the range of an activation"},
      [](auto& s) -> auto& { return s.options.observer; });
  visit(
      Entry{.name = "input-bits",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Bits of the input of the first layer: 16 (the PCM samples themselves) or 8"},
      [](auto& s) -> auto& { return s.options.input_bits; });
  visit(
      Entry{.name = "keep-fp32",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Layers that stay in float, e.g. conv1,head, or none",
            .usual = "those with precision = \"fp32\" in the network file"},
      [](auto& s) -> auto& { return s.keep_fp32; });
  visit(
      Entry{.name = "wide",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Last layer with 16-bit output, e.g. conv3; earlier activations then have 16 bits too, which is "
                    "closer to full precision but takes more RAM"},
      [](auto& s) -> auto& { return s.options.wide_to; });
  visit(
      Entry{.name = "calibration",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Number of training samples to calibrate on; sound is augmented, images and features are not",
            .bounds = at_least(1)},
      [](auto& s) -> auto& { return s.calibration_samples; });
  visit(
      Entry{.name = "aware",
            .group = Group::kInt8,
            .taken_by = kWho,
            .help = "Quantization-aware training: calibrate, then train on the 8-bit grid"},
      [](auto& s) -> auto& { return s.aware.wanted; });
  visit(
      Entry{.name = "select",
            .group = Group::kAware,
            .taken_by = kWho,
            .help = "Model to keep; validation: the int8 model (calibrated, of any epoch, or averaged) that is most "
                    "accurate on clips held out of the training folds; last: the model of the last epoch"},
      [](auto& s) -> auto& { return s.aware.select; });
  visit(
      Entry{.name = "epochs",
            .group = Group::kAware,
            .taken_by = kWho,
            .help = "Passes over the training clips",
            .bounds = from_to(1, 1000000)},
      [](auto& s) -> auto& { return s.aware.training.epochs; });
  visit(
      Entry{
          .name = "batch", .group = Group::kAware, .taken_by = kWho, .help = "Samples per step", .bounds = at_least(1)},
      [](auto& s) -> auto& { return s.aware.training.batch_size; });
  visit(
      Entry{.name = "lr",
            .group = Group::kAware,
            .taken_by = kWho,
            .help = "Initial learning rate, with cosine decay to 0",
            .bounds = between(0, 10)},
      [](auto& s) -> auto& { return s.aware.training.learning_rate; });
  visit(
      Entry{.name = "teacher-weight",
            .group = Group::kAware,
            .taken_by = kWho,
            .help = "Share of the full-precision network's output in the target; the rest is the label",
            .bounds = from_to(0, 1)},
      [](auto& s) -> auto& { return s.aware.training.teacher_weight; });
  visit(
      Entry{.name = "threads",
            .group = Group::kAware,
            .taken_by = kQuantize,
            .help = "Threads for training and evaluation; 0: one per core",
            .bounds = from_to(0, 256)},
      [](auto& s) -> auto& { return s.aware.training.threads; });
}

}  // namespace stapes
