// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/aware_quantization.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "compress/quantize.h"
#include "data/validation_split.h"
#include "evaluate/packed_choice.h"
#include "evaluate/packed_evaluation.h"
#include "packed/writer.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

double accuracy_of(const fb::ModelT& int8, const ClipSet& clips, int threads) {
  return evaluate_packed(packed_in_memory(int8, "the int8 model"), clips, Protocol::kTenCrops, threads).accuracy();
}

// The best model so far, as fp32 and as int8.
class AwareKeeper {
 public:
  AwareKeeper(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales, PackedChoice choice)
      : grids_(copy_model(int8)), scales_(scales), choice_(std::move(choice)) {
    offer("calibration", fp32, copy_model(int8));
  }
  void offer(const std::string& name, const fb::ModelT& fp32) {
    offer(name, fp32, quantize_on_grids_of(grids_, fp32, scales_));
  }
  const PackedChoice& choice() const { return choice_; }
  fb::ModelT& fp32() { return fp32_; }
  fb::ModelT& int8() { return int8_; }

 private:
  void offer(const std::string& name, const fb::ModelT& fp32, fb::ModelT int8) {
    if (!choice_.offer(name, int8)) return;
    fp32_ = copy_model(fp32);
    int8_ = std::move(int8);
  }

  fb::ModelT grids_, fp32_, int8_;
  WeightScales scales_;
  PackedChoice choice_;
};

}  // namespace

AwareClips divide_clips(const AwareSettings& settings, const ClipSet& training) {
  if (!settings.wanted || settings.select == AwareSelect::kLast) return {training, {}};
  try {
    TrainingSplit split = split_for_validation(training, kValidationShare);
    return {std::move(split.training), std::move(split.validation)};
  } catch (const UsageError& error) {
    throw UsageError("{}; with quantize, use --select last", error.what());
  }
}

AwareOutcome make_aware(fb::ModelT& fp32, fb::ModelT& int8, WeightScales scales, const AwareSettings& settings,
                        const SampleSource& samples, const AwareClips& clips, const ClipSet& test,
                        const AwareTrainer& trainer, const std::function<void(int)>& trained) {
  const AwareTraining& training = settings.training;
  AwareOutcome outcome{.epochs = training.epochs, .accuracy_before = accuracy_of(int8, test, training.threads)};
  std::optional<AwareKeeper> keeper;
  if (settings.select != AwareSelect::kLast)
    keeper.emplace(fp32, int8, scales, PackedChoice(clips.choosing, training.threads));
  fb::ModelT last = trainer(fp32, int8, scales, samples, training, [&](const AwareEpoch& epoch) {
    outcome.loss = epoch.loss;
    if (keeper) keeper->offer(fmt::format("epoch {}", epoch.epoch), epoch.weights);
    if (keeper && epoch.epoch == training.epochs) keeper->offer("averaged weights", epoch.average);
    if (trained) trained(epoch.epoch);
  });
  if (keeper) {
    fp32 = std::move(keeper->fp32());
    int8 = std::move(keeper->int8());
    outcome.kept = keeper->choice().best().name;
    outcome.candidates = keeper->choice().candidates();
    outcome.choosing_clips = keeper->choice().clips().clips.size();
  } else {
    fp32 = std::move(last);
    int8 = quantize_on_grids_of(int8, fp32, scales);
    outcome.kept = fmt::format("epoch {}", training.epochs);
  }
  outcome.accuracy_after = accuracy_of(int8, test, training.threads);
  return outcome;
}

}  // namespace stapes
