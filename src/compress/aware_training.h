// SPDX-License-Identifier: Apache-2.0
// aware_training.h: options and reports of quantization-aware training (train/aware_training.h), without libtorch.
#pragma once

#include <functional>

#include "compress/int8_layer.h"
#include "packed/model_generated.h"

namespace stapes {

class SampleSource;

struct AwareTraining {
  int epochs = 10;
  int batch_size = 64;
  // Adam's initial rate relative to each tensor's root mean square; decays to 0 along a cosine. Folded batch norms make
  // magnitudes so different that one absolute rate destroys some networks.
  double learning_rate = 1e-3;
  double teacher_weight = 0.8;  // share of the full-precision network's output in the target
  int threads = 0;              // 0 = all
};

// The full-precision models after an epoch. After step t of T, average <- d * average + (1 - d) * weights with
// d = min(1 - 20 / T, (1 + t) / (10 + t)).
struct AwareEpoch {
  int epoch = 0;    // 1-based
  double loss = 0;  // mean over the epoch
  const packed::fb::ModelT& weights;
  const packed::fb::ModelT& average;
};

using AwareObserver = std::function<void(const AwareEpoch&)>;

// train_quantization_aware() in train/aware_training.h.
using AwareTrainer = std::function<packed::fb::ModelT(const packed::fb::ModelT& fp32, const packed::fb::ModelT& int8,
                                                      WeightScales scales, const SampleSource& samples,
                                                      const AwareTraining& training, const AwareObserver& observer)>;

}  // namespace stapes
