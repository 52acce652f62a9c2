#include "train/aware_training.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/parallel.h"
#include "data/batch_stream.h"
#include "packed/writer.h"
#include "train/aware_module.h"
#include "train/kl_loss.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

void check(const AwareTraining& training) {
  if (training.epochs < 1) throw UsageError("{} epochs of training; expected at least 1", training.epochs);
  if (training.batch_size < 1) throw UsageError("a batch of {} samples; expected at least 1", training.batch_size);
  if (!(training.learning_rate > 0 && training.learning_rate < 10)) {
    throw UsageError("a learning rate of {}; expected above 0 and below 10", training.learning_rate);
  }
  if (!(training.teacher_weight >= 0 && training.teacher_weight <= 1)) {
    throw UsageError("a teacher weight of {}; expected 0 to 1", training.teacher_weight);
  }
}

class Training {
 public:
  Training(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales, const TrainingSamples& samples,
           const AwareTraining& settings)
      : settings_(settings),
        samples_(samples),
        network_(fp32, int8, scales),
        teacher_(fp32, fp32, scales),
        optimizer_(network_->parameters(),
                   torch::optim::SGDOptions(settings.learning_rate).momentum(0.9).nesterov(true)) {}

  double epoch(int index) {
    const auto batches = static_cast<double>(samples_.batches_per_epoch(settings_.batch_size));
    BatchStream stream(samples_, static_cast<std::uint32_t>(index), settings_.batch_size);
    Batch batch;
    double loss = 0;
    for (int done = 0; stream.next(batch); ++done) {
      const double progress = (index + done / batches) / settings_.epochs;
      optimizer_.param_groups()[0].options().set_lr(settings_.learning_rate *
                                                    (0.5 + 0.5 * std::cos(std::numbers::pi * progress)));
      loss += step(batch) / batches;
    }
    return loss;
  }

  void write_to(fb::ModelT& model) const { network_->write_to(model); }

 private:
  double step(Batch& batch) {
    const auto window = static_cast<std::int64_t>(samples_.window_samples());
    const auto classes = static_cast<std::int64_t>(samples_.class_count());
    const torch::Tensor waves = torch::from_blob(batch.waves.data(), {batch.count, 1, 1, window});
    torch::Tensor wanted = torch::from_blob(batch.targets.data(), {batch.count, classes});
    if (settings_.teacher_weight > 0) {
      const torch::NoGradGuard no_gradient;
      wanted = settings_.teacher_weight * torch::softmax(teacher_->forward(waves), 1) +
               (1 - settings_.teacher_weight) * wanted;
    }
    optimizer_.zero_grad();
    torch::Tensor loss = kl_loss(network_->forward(waves), wanted);
    loss.backward();
    optimizer_.step();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) throw Error("training diverged: the loss is {}; use a lower --lr", value);
    return value;
  }

  const AwareTraining& settings_;
  const TrainingSamples& samples_;
  AwareNetwork network_, teacher_;
  torch::optim::SGD optimizer_;
};

}  // namespace

fb::ModelT train_quantization_aware(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales,
                                    const TrainingSamples& samples, const AwareTraining& settings,
                                    const AwareObserver& observer) {
  check(settings);
  at::globalContext().setFlushDenormal(true);
  torch::set_num_threads(settings.threads > 0 ? settings.threads : hardware_threads());
  Training training(fp32, int8, scales, samples, settings);
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const double loss = training.epoch(epoch);
    if (observer) observer(epoch + 1, loss);
  }
  fb::ModelT trained = copy_model(fp32);
  training.write_to(trained);
  return trained;
}

}  // namespace stapes
