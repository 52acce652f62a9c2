#include "train/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parallel.h"
#include "data/batch_stream.h"
#include "data/training_samples.h"
#include "network/weights_file.h"
#include "train/acdnet_module.h"
#include "train/check_training.h"
#include "train/checkpoint.h"
#include "train/evaluate_module.h"
#include "train/network_io.h"
#include "train/optimizer.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

torch::Tensor borrow(std::vector<float>& values, std::initializer_list<std::int64_t> shape) {
  return torch::from_blob(values.data(), shape, torch::kFloat32);
}

// KL(target || softmax(logits)), mean over the batch.
torch::Tensor kl_loss(const torch::Tensor& logits, const torch::Tensor& target) {
  return torch::kl_div(torch::log_softmax(logits, 1), target, at::Reduction::Sum) / static_cast<double>(logits.size(0));
}

class Trainer {
 public:
  Trainer(const RunFolder& run, const ClipSet& training, const ClipSet& test, EpochObserver observer)
      : run_(run),
        config_(run.config()),
        training_(training),
        test_(test),
        observer_(std::move(observer)),
        samples_(training, AugmentSpec{.window_samples = config_.spec.window_samples}, config_.seed) {
    torch::manual_seed(config_.seed);
    at::globalContext().setFlushDenormal(true);  // shrinking weights would else slow training down many times
    torch::set_num_threads(config_.threads > 0 ? config_.threads : hardware_threads());
    module_ =
        Acdnet(config_.spec,
               AcdnetOptions{.dropout = config_.dropout, .rule = config_.rule, .sign_gradient = config_.sign_gradient});
    optimizer_ = make_optimizer(config_, *module_);
    if (!config_.teacher.empty()) load_teacher();
  }

  void start_from(const TrainedNetwork& network) {
    if (config_.spec.binary && !network.spec.binary) {
      warm_start_binary(module_, network);
    } else {
      load_network(module_, network);
    }
  }

  void resume() {
    progress_ = load_checkpoint(run_.checkpoint(), module_, *optimizer_, to_json(config_).dump());
    run_.truncate_metrics(progress_.epochs_done);
  }

  TrainResult finish() {
    while (progress_.epochs_done < config_.epochs) one_epoch();
    TrainResult result{.epochs = config_.epochs,
                       .best_accuracy = progress_.best_accuracy,
                       .best_epoch = progress_.best_epoch,
                       .seconds = progress_.seconds};
    const auto metrics = run_.metrics();
    const bool whole = !metrics.empty() && metrics.back().value("epoch", 0) == config_.epochs &&
                       metrics.back().contains("accuracy") && std::filesystem::exists(run_.weights());
    if (!whole) {
      throw Error("{} is trained, but its metrics.jsonl or {} is damaged or gone; train it again with --force",
                  run_.path().string(), kWeightsFileName);
    }
    result.last_accuracy = metrics.back().at("accuracy");
    result.clips_per_second = metrics.back().at("clips_per_second");
    return result;
  }

 private:
  void load_teacher() {
    const TrainedNetwork network = read_network(config_.teacher);
    teacher_ = Acdnet(network.spec, AcdnetOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
    load_network(teacher_, network);
    teacher_->eval();
  }

  torch::Tensor loss_of(const torch::Tensor& waves, const torch::Tensor& target) {
    torch::Tensor wanted = target;
    if (teacher_) {
      const torch::NoGradGuard no_gradient;
      const torch::Tensor soft = torch::softmax(teacher_->forward(waves), 1);
      wanted = config_.teacher_weight * soft + (1 - config_.teacher_weight) * target;
    }
    return kl_loss(module_->forward(waves), wanted);
  }

  double train_batch(Batch& batch, double rate) {
    const AcdnetSpec& spec = config_.spec;
    set_learning_rate(*optimizer_, rate);
    module_->prepare_step();
    optimizer_->zero_grad();
    const torch::Tensor waves = borrow(batch.waves, {batch.count, 1, 1, spec.window_samples});
    torch::Tensor loss = loss_of(waves, borrow(batch.targets, {batch.count, spec.class_count}));
    loss.backward();
    optimizer_->step();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) throw Error("training diverged: the loss is {}; use a lower --lr", value);
    return value;
  }

  void one_epoch() {
    const Clock::time_point start = Clock::now();
    const int epoch = progress_.epochs_done;
    module_->train();
    module_->binarize_weights(epoch >= config_.activation_epochs);
    EpochReport report;
    report.epoch = epoch + 1;
    report.epochs = config_.epochs;
    report.batches = static_cast<int>(samples_.batches_per_epoch(config_.batch_size));
    BatchStream stream(samples_, static_cast<std::uint32_t>(epoch), config_.batch_size);
    Batch batch;
    double loss_sum = 0;
    std::int64_t clips = 0;
    while (stream.next(batch)) {
      const double done = epoch + static_cast<double>(report.batch) / report.batches;
      report.learning_rate = learning_rate(config_.schedule_spec(), done);
      loss_sum += train_batch(batch, report.learning_rate);
      clips += batch.count;
      ++report.batch;
      report.loss = loss_sum / report.batch;
      report.clips_per_second = static_cast<double>(clips) / seconds_since(start);
      report.seconds_left = seconds_left(report, seconds_since(start));
      if (report.batch < report.batches) observer_(report);
    }
    end_epoch(report, start);
  }

  double seconds_left(const EpochReport& report, double epoch_seconds) const {
    const double parts_done = progress_.epochs_done + static_cast<double>(report.batch) / report.batches;
    return (progress_.seconds + epoch_seconds) / parts_done * (config_.epochs - parts_done);
  }

  // Mean |W| of each binary layer, in order: what its scale alpha is made of.
  std::vector<double> layer_alphas() const {
    const torch::NoGradGuard no_gradient;
    std::vector<double> alphas;
    for (int conv = 1; conv < kAcdnetConvs; ++conv) {
      if (!module_->is_binary(conv)) continue;
      alphas.push_back(centre_and_clamp(module_->conv_weight(conv)).abs().mean().item<double>());
    }
    return alphas;
  }

  void end_epoch(EpochReport& report, Clock::time_point start) {
    const bool last = report.epoch == config_.epochs;
    module_->clamp_batch_norms();  // what is judged and kept obeys the rule of the next step, too
    if (last || report.epoch % config_.eval_every == 0) {
      report.accuracy = evaluate_module(module_, test_, Protocol::kTenCrops).accuracy();
    }
    std::vector<double> alphas;
    if (config_.spec.binary) {
      alphas = layer_alphas();
      if (!alphas.empty()) report.smallest_alpha = *std::min_element(alphas.begin(), alphas.end());
    }
    progress_.epochs_done = report.epoch;
    progress_.seconds += seconds_since(start);
    write_epoch(report, alphas);
    save_checkpoint(run_.checkpoint(), module_, *optimizer_, progress_, to_json(config_).dump());
    observer_(report);
  }

  void write_epoch(const EpochReport& report, const std::vector<double>& alphas) {
    nlohmann::json line = {{"epoch", report.epoch},
                           {"loss", report.loss},
                           {"learning_rate", report.learning_rate},
                           {"clips_per_second", report.clips_per_second},
                           {"seconds", progress_.seconds}};
    if (!alphas.empty()) line["alpha"] = alphas;  // of its binary convolutions
    if (report.accuracy) line["accuracy"] = *report.accuracy;
    const bool is_the_network = report.epoch > config_.activation_epochs;  // before, its weights are still real
    if (config_.activation_epochs > 0) line["weights"] = is_the_network ? "binary" : "real";
    if (report.accuracy && is_the_network) keep_networks(report);
    run_.append_metrics(line);
  }

  void keep_networks(const EpochReport& report) {
    if (*report.accuracy > progress_.best_accuracy) {
      progress_.best_accuracy = *report.accuracy;
      progress_.best_epoch = report.epoch;
      write_network(run_.best_weights(), snapshot(report, "best epoch on the test fold"), Existing::kReplace);
    }
    write_network(run_.weights(), snapshot(report, "last epoch"), Existing::kReplace);
  }

  TrainedNetwork snapshot(const EpochReport& report, const char* selection) const {
    TrainedNetwork network = to_network(module_);
    network.labels = training_.labels;
    nlohmann::json provenance = {
        {"tool", "stapes " STAPES_VERSION}, {"data_hash", config_.data_hash}, {"classes", config_.classes},
        {"test_fold", config_.fold},        {"seed", config_.seed},           {"epoch", report.epoch},
        {"epochs", config_.epochs},         {"selection", selection}};
    const auto parse = [](const std::string& text) { return nlohmann::json::parse(text, nullptr, false); };
    if (!config_.init.empty()) provenance["init"] = parse(config_.init_provenance);
    if (!config_.teacher.empty()) provenance["teacher"] = parse(config_.teacher_provenance);
    network.provenance = provenance.dump();
    return network;
  }

  const RunFolder& run_;
  const TrainConfig& config_;
  const ClipSet& training_;
  const ClipSet& test_;
  EpochObserver observer_;
  TrainingSamples samples_;
  Acdnet module_{nullptr};
  Acdnet teacher_{nullptr};
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  Progress progress_;
};

}  // namespace

TrainResult train(const RunFolder& run, const ClipSet& training, const ClipSet& test,
                  const std::optional<TrainedNetwork>& start, const EpochObserver& observer) {
  check_training(run.config(), training, test, start);
  Trainer trainer(run, training, test, observer);
  if (std::filesystem::exists(run.checkpoint())) {
    trainer.resume();
  } else {
    run.truncate_metrics(0);
    if (start) trainer.start_from(*start);
  }
  return trainer.finish();
}

}  // namespace stapes
