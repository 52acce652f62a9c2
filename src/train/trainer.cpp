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
#include "network/lineage.h"
#include "network/weights_file.h"
#include "train/acdnet_module.h"
#include "train/check_training.h"
#include "train/checkpoint.h"
#include "train/curves.h"
#include "train/evaluate_module.h"
#include "train/held_out.h"
#include "train/network_io.h"
#include "train/optimizer.h"
#include "train/weight_average.h"

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
  Trainer(const RunFolder& run, const DividedClips& clips, const ClipSet& test, EpochObserver observer)
      : run_(run),
        config_(run.config()),
        clips_(clips),
        test_(test),
        observer_(std::move(observer)),
        samples_(clips.training, config_.augment_spec(), config_.seed) {
    const AcdnetOptions options{
        .dropout = config_.dropout, .rule = config_.rule, .sign_gradient = config_.sign_gradient};
    if (config_.ema_decay > 0) average_.emplace(config_.spec, options, config_.ema_decay);
    torch::manual_seed(config_.seed);            // after the average, which draws, too: the run is the same without it
    at::globalContext().setFlushDenormal(true);  // shrinking weights would else slow training down many times
    torch::set_num_threads(config_.threads > 0 ? config_.threads : hardware_threads());
    module_ = Acdnet(config_.spec, options);
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

  // Returns what to tell the user, or "".
  std::string resume() {
    const std::string note = load_checkpoint(run_.checkpoints(), state(), to_json(config_).dump());
    run_.truncate_metrics(progress_.epochs_done);
    return note;
  }

  TrainResult finish() {
    while (progress_.epochs_done < config_.epochs) one_epoch();
    const TrainResult result = read_result();
    run_.write_result(result);
    return result;
  }

 private:
  bool validates() const { return config_.select == Select::kValidation; }
  TrainingState state() { return {module_, *optimizer_, average_ ? &*average_ : nullptr, progress_}; }

  TrainResult read_result() const {
    const auto metrics = run_.metrics();
    const nlohmann::json last = metrics.empty() ? nlohmann::json::object() : metrics.back();
    const auto has = [&](const char* key) { return last.contains(key) && last[key].is_number(); };
    const bool whole = last.value("epoch", 0) == config_.epochs && has("accuracy") && has("clips_per_second") &&
                       (!average_ || has("ema_accuracy")) && (!validates() || has("best_accuracy"));
    if (!whole || !std::filesystem::exists(run_.weights())) {
      throw Error("{} is trained, but its metrics.jsonl or {} is damaged or gone; train it again with --force",
                  run_.path().string(), kWeightsFileName);
    }
    TrainResult result{.epochs = config_.epochs,
                       .last_accuracy = last["accuracy"],
                       .best_accuracy = progress_.best_accuracy,
                       .best_epoch = progress_.best_epoch,
                       .selected_on = to_string(config_.select),
                       .clips_per_second = last["clips_per_second"],
                       .seconds = progress_.seconds};
    if (average_) result.ema_accuracy = last["ema_accuracy"].get<double>();
    if (validates()) {
      result.best_validation_accuracy = progress_.best_accuracy;
      result.best_accuracy = last["best_accuracy"];
    }
    return result;
  }

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
    if (average_ && is_the_network(progress_.epochs_done + 1)) average_->update(module_);
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

  // From here on the weights are what the run is for: before, in two-stage binary training, they are still real.
  bool is_the_network(int epoch) const { return epoch > config_.activation_epochs; }

  static double accuracy(Acdnet& module, const ClipSet& clips) {
    return evaluate_module(module, clips, Protocol::kTenCrops).accuracy();
  }

  void judge(EpochReport& report) {
    report.accuracy = accuracy(module_, clips_.choosing);
    if (!average_ || !is_the_network(report.epoch)) return;
    measure_average(report.epoch);
    report.ema_accuracy = accuracy(average_->module(), clips_.choosing);
  }

  // With samples the epoch has just trained on: at most 16 batches, less work than an evaluation of a whole fold.
  void measure_average(int epoch) {
    constexpr int kBatches = 16;
    BatchStream stream(samples_, static_cast<std::uint32_t>(epoch - 1), config_.batch_size);
    Batch batch;
    int count = 0;
    average_->measure_batch_norms([&]() -> torch::Tensor {
      if (count++ == kBatches || !stream.next(batch)) return {};
      return borrow(batch.waves, {batch.count, 1, 1, config_.spec.window_samples});
    });
  }

  void end_epoch(EpochReport& report, Clock::time_point start) {
    module_->clamp_batch_norms();  // what is judged and kept obeys the rule of the next step, too
    const bool evaluated = report.epoch == config_.epochs || report.epoch % config_.eval_every == 0;
    if (evaluated) judge(report);
    std::vector<double> alphas;
    if (config_.spec.binary) {
      alphas = layer_alphas();
      if (!alphas.empty()) report.smallest_alpha = *std::min_element(alphas.begin(), alphas.end());
    }
    progress_.epochs_done = report.epoch;
    progress_.seconds += seconds_since(start);
    write_epoch(report, alphas);
    if (evaluated) {
      write_text_file(run_.curves(), training_curves(run_.metrics(), config_), Existing::kReplace);
    }
    save_checkpoint(run_.checkpoints(), state(), to_json(config_).dump());
    observer_(report);
  }

  void write_epoch(const EpochReport& report, const std::vector<double>& alphas) {
    nlohmann::json line = {{"epoch", report.epoch},
                           {"loss", report.loss},
                           {"learning_rate", report.learning_rate},
                           {"clips_per_second", report.clips_per_second},
                           {"seconds", progress_.seconds}};
    if (!alphas.empty()) line["alpha"] = alphas;  // of its binary convolutions
    const std::string judged_by = validates() ? "validation_" : "";
    if (report.accuracy) line[judged_by + "accuracy"] = *report.accuracy;
    if (report.ema_accuracy) line[judged_by + "ema_accuracy"] = *report.ema_accuracy;
    if (config_.activation_epochs > 0) line["weights"] = is_the_network(report.epoch) ? "binary" : "real";
    if (report.accuracy && is_the_network(report.epoch)) keep_networks(report);
    if (validates() && report.epoch == config_.epochs) hear_test_fold(line);
    run_.append_metrics(line);
  }

  // The only time a run with validation clips hears its test fold.
  void hear_test_fold(nlohmann::json& line) {
    line["accuracy"] = accuracy(module_, test_);
    if (average_) line["ema_accuracy"] = accuracy(average_->module(), test_);
    Acdnet best(config_.spec, module_->options());
    load_network(best, read_network(run_.best_weights()));
    line["best_accuracy"] = accuracy(best, test_);
  }

  void keep_networks(const EpochReport& report) {
    if (*report.accuracy > progress_.best_accuracy) {
      progress_.best_accuracy = *report.accuracy;
      progress_.best_epoch = report.epoch;
      const char* selection = validates() ? kBestOnValidation : kBestOnTest;
      write_network(run_.best_weights(), snapshot(module_, report, selection), Existing::kReplace);
    }
    write_network(run_.weights(), snapshot(module_, report, "last epoch"), Existing::kReplace);
    if (average_) {
      const TrainedNetwork averaged = snapshot(average_->module(), report, "averaged weights after the last epoch");
      write_network(run_.ema_weights(), averaged, Existing::kReplace);
    }
  }

  TrainedNetwork snapshot(const Acdnet& module, const EpochReport& report, const char* selection) const {
    TrainedNetwork network = to_network(module);
    network.labels = clips_.training.labels;
    nlohmann::json provenance = {
        {"tool", "stapes " STAPES_VERSION}, {"data_hash", config_.data_hash}, {"classes", config_.classes},
        {"test_fold", config_.fold},        {"seed", config_.seed},           {"epoch", report.epoch},
        {"epochs", config_.epochs},         {"selection", selection}};
    const auto parse = [](const std::string& text) { return nlohmann::json::parse(text, nullptr, false); };
    if (validates()) provenance["validation_share"] = config_.validation_share;
    if (!config_.init.empty()) provenance["init"] = parse(config_.init_provenance);
    if (!config_.teacher.empty()) provenance["teacher"] = parse(config_.teacher_provenance);
    network.provenance = provenance.dump();
    return network;
  }

  const RunFolder& run_;
  const TrainConfig& config_;
  const DividedClips& clips_;
  const ClipSet& test_;
  EpochObserver observer_;
  TrainingSamples samples_;
  Acdnet module_{nullptr};
  Acdnet teacher_{nullptr};
  std::optional<WeightAverage> average_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  Progress progress_;
};

}  // namespace

TrainResult train(const RunFolder& run, const ClipSet& training, const ClipSet& test,
                  const std::optional<TrainedNetwork>& start, const EpochObserver& observer, const NoteObserver& note) {
  check_training(run.config(), training, test, start);
  const auto lock = run.lock();
  const DividedClips clips = divide(run.config(), training, test);
  Trainer trainer(run, clips, test, observer);
  if (run.checkpoints().any()) {
    const std::string message = trainer.resume();
    if (!message.empty() && note) note(message);
  } else {
    run.truncate_metrics(0);
    if (start) trainer.start_from(*start);
  }
  return trainer.finish();
}

}  // namespace stapes
