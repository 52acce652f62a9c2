// SPDX-License-Identifier: Apache-2.0
#include "train/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "data/make_samples.h"
#include "data/training_samples.h"
#include "graph/weights_file.h"
#include "runs/held_out.h"
#include "runs/lineage.h"
#include "runs/run_provenance.h"
#include "train/autocast.h"
#include "train/checkpoint.h"
#include "train/curves.h"
#include "train/device_samples.h"
#include "train/epoch_batches.h"
#include "train/evaluate_module.h"
#include "train/feature_loss.h"
#include "train/kl_loss.h"
#include "train/modules/network_module.h"
#include "train/modules/sign_convolution.h"
#include "train/network_io.h"
#include "train/optimizer.h"
#include "train/prune/weight_pruner.h"
#include "train/threads.h"
#include "train/weight_average.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Protocol kJudgedBy = Protocol::kTenCrops;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Trainer {
 public:
  Trainer(const RunFolder& run, const TrainingInputs& inputs, EpochObserver observer, const ComputeOn& on)
      : run_(run),
        config_(run.config()),
        clips_(inputs.clips),
        test_(inputs.test),
        observer_(std::move(observer)),
        samples_(make_samples(clips_.training, config_.augment_spec(), config_.seed, inputs.backgrounds.mix)) {
    compute_on(on);
    const ModuleOptions options{
        .dropout = config_.dropout, .rule = config_.rule, .sign_gradient = config_.sign_gradient};
    if (config_.ema_decay > 0) average_.emplace(config_.spec, options, config_.ema_decay);
    torch::manual_seed(config_.seed);            // here, so that creating the average does not change the run
    at::globalContext().setFlushDenormal(true);  // denormal weights would make training many times slower
    use_threads(config_.threads);
    module_ = NetworkModule(config_.spec, options);
    module_->to(device_);  // before anything refers to its tensors
    if (average_) average_->module()->to(device_);
    optimizer_ = make_optimizer(config_, *module_);
    if (config_.weight_ratio > 0) pruner_.emplace(module_, config_.weight_ratio, config_.weight_scope);
    if (inputs.parents.teacher) load_teacher(*inputs.parents.teacher);
    if (config_.select == Select::kDetector) {
      detector_windows_ = detector_windows(clips_.choosing, input_values(config_.spec.input));
    }
  }

  void start_from(const TrainedNetwork& network) {
    if (config_.spec.binary && !network.spec.binary) {
      warm_start_binary(module_, network);
    } else {
      load_network(module_, network);
    }
  }

  // Chooses the fastest exact way to compute binary convolutions. Returns a message for the user, or "".
  std::string choose_sign_sums() {
    if (!config_.spec.binary || !as_on_gpu_) return "";
    SignSums sums = SignSums::kTensorFloat32;
    std::string inexact;
    for (const int windows : forward_sizes()) {
      if (inexact.empty()) inexact = inexact_sign_sums(module_->geometry(), windows, device_, sums);
    }
    if (!inexact.empty()) sums = SignSums::kRoundedFloat32;
    module_->compute_signs(sums, config_.tf32_gradients);
    if (average_) average_->module()->compute_signs(sums, config_.tf32_gradients);
    if (inexact.empty()) return "";
    return fmt::format(
        "warning: TensorFloat-32 is not exact for this network's binary convolutions on this device ({}): they are "
        "computed in float32 and rounded, which is slower",
        inexact);
  }

  // Returns a message for the user, or "".
  std::string resume() {
    const std::string note = load_checkpoint(run_.checkpoints(), state(), to_json(config_).dump());
    run_.truncate_metrics(progress_.epochs_done);
    if (detector_windows_ && progress_.best_epoch > 0) best_detector_ = written_figures(progress_.best_epoch);
    return note;
  }

  TrainResult finish() {
    while (progress_.epochs_done < config_.epochs) one_epoch();
    const TrainResult result = read_result();
    run_.write_result(result);
    return result;
  }

 private:
  // The numbers of windows per forward pass, in training and evaluation.
  std::set<int> forward_sizes() const {
    std::set<int> sizes = windows_per_forward(clips_.choosing, kJudgedBy);
    if (validates()) sizes.merge(windows_per_forward(test_, kJudgedBy));
    if (detector_windows_) sizes.merge(windows_per_forward(*detector_windows_, Protocol::kSingleWindow));
    sizes.insert(config_.batch_size);
    return sizes;
  }

  bool waits_for_nothing() const { return device_samples_ || device_.is_cuda(); }  // reading the loss would block
  bool validates() const { return holds_out(config_.select); }

  void compute_on(const ComputeOn& on) {
    const Device device = on.device.value_or(config_.device);
    require_device(device);
    device_ = device == Device::kCuda ? torch::kCUDA : torch::kCPU;
    mixed_ = device == Device::kCuda && config_.precision == Precision::kMixed;
    const auto* sound = dynamic_cast<const TrainingSamples*>(samples_.get());
    as_on_gpu_ = device == Device::kCuda || on.as_on_gpu;
    if (sound != nullptr && as_on_gpu_) device_samples_.emplace(*sound, device_);
    if (device != Device::kCuda) return;
    at::globalContext().setBenchmarkCuDNN(true);
    // TensorFloat-32 keeps only 11 bits of a factor, so it is not fp32. Sign sums are exact (sign_convolution.h).
    at::globalContext().setAllowTF32CuDNN(mixed_ && !config_.spec.binary);
  }

  TrainingState state() { return {module_, *optimizer_, average_ ? &*average_ : nullptr, progress_}; }

  // Reads the figures back from metrics.jsonl; JSON preserves every bit of a number.
  DetectorFigures written_figures(int epoch) const {
    for (const nlohmann::json& line : run_.metrics()) {
      if (line.value("epoch", 0) != epoch || !line.contains("detector")) continue;
      try {
        return detector_figures_from_json(line["detector"]);
      } catch (const nlohmann::json::exception&) {
        break;
      }
    }
    throw Error("the metrics.jsonl of {} lacks the detector figures of epoch {}; train it again with --force",
                run_.path().string(), epoch);
  }

  TrainResult read_result() const {
    const auto metrics = run_.metrics();
    const nlohmann::json last = metrics.empty() ? nlohmann::json::object() : metrics.back();
    const auto has = [&](const char* key) { return last.contains(key) && last[key].is_number(); };
    const bool whole = last.value("epoch", 0) == config_.epochs && has("accuracy") && has("clips_per_second") &&
                       (!average_ || has("ema_accuracy")) && (!validates() || has("best_accuracy"));
    if (!whole || !std::filesystem::exists(run_.weights())) {
      throw Error("{} is trained, but its metrics.jsonl or {} is damaged or missing; train it again with --force",
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
    if (detector_windows_) result.detector = written_figures(progress_.best_epoch);
    return result;
  }

  void load_teacher(const TrainedNetwork& network) {
    teacher_ = NetworkModule(network.spec, ModuleOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
    load_network(teacher_, network);
    teacher_->to(device_);
    teacher_->eval();
    if (config_.feature_weight == 0) return;
    compared_ = compared_convolutions(module_->geometry(), teacher_->geometry());
    if (compared_.empty()) {
      throw UsageError(
          "--feature-weight: no convolution of the teacher {} has the same name and output size as one of this "
          "network; use a teacher with the same node names, or set the weight to 0",
          config_.teacher);
    }
  }

  struct Answer {
    torch::Tensor logits;
    std::vector<torch::Tensor> conv_outputs;  // for feature distillation only
  };
  Answer answer_of(NetworkModule& module, const torch::Tensor& input) {
    const Autocast bfloat16(device_.type(), mixed_);
    Answer answer;
    answer.logits = compared_.empty() ? module->forward(input) : module->forward(input, answer.conv_outputs);
    answer.logits = answer.logits.to(torch::kFloat32);
    return answer;
  }

  torch::Tensor loss_of(const torch::Tensor& input, const torch::Tensor& target) {
    if (!teacher_) return kl_loss(answer_of(module_, input).logits, target);
    Answer taught;
    {
      const torch::NoGradGuard no_gradient;
      taught = answer_of(teacher_, input);
    }
    const torch::Tensor wanted =
        config_.teacher_weight * torch::softmax(taught.logits, 1) + (1 - config_.teacher_weight) * target;
    const Answer own = answer_of(module_, input);
    const torch::Tensor loss = kl_loss(own.logits, wanted);
    if (compared_.empty()) return loss;
    return loss + config_.feature_weight * feature_loss(compared_, own.conv_outputs, taught.conv_outputs);
  }

  void prepare_step() {
    if (!config_.standardized) return module_->prepare_step();
    const int first = config_.activation_epochs;
    const double progress = static_cast<double>(progress_.epochs_done - first) / (config_.epochs - first);
    module_->prepare_standardized_step(clamp_quantile(progress));
  }

  // The loss stays on the device.
  torch::Tensor train_batch(const TensorBatch& batch, double rate) {
    set_learning_rate(*optimizer_, rate, config_.binary_lr_factor);
    prepare_step();
    module_->zero_grad(/*set_to_none=*/true);  // backward() then stores gradients instead of adding them
    const torch::Tensor loss = loss_of(batch.values, batch.targets);
    loss.backward();
    step_together(*optimizer_);
    if (pruner_) pruner_->project();
    if (average_ && is_the_network(progress_.epochs_done + 1)) average_->update(module_);
    return loss.detach();
  }

  // Waits for the device.
  static double mean_loss(const torch::Tensor& sum, int batches) {
    const double value = sum.item<double>() / batches;
    if (!std::isfinite(value)) throw Error("training diverged: the loss is {}; use a lower --lr", value);
    return value;
  }

  EpochBatches batches_of(int epoch) const {
    return {*samples_, device_samples_ ? &*device_samples_ : nullptr, config_.spec, device_, epoch, config_.batch_size};
  }

  // Seeds a GPU's dropout generator from seed and epoch, so that checkpoints need not save the generator's state.
  void seed_device(int epoch) const {
    if (device_.is_cuda()) torch::cuda::manual_seed(config_.seed * 1000003 + static_cast<std::uint64_t>(epoch));
  }

  void one_epoch() {
    const Clock::time_point start = Clock::now();
    const int epoch = progress_.epochs_done;
    module_->train();
    module_->binarize_weights(epoch >= config_.activation_epochs);
    EpochReport report;
    report.epoch = epoch + 1;
    report.epochs = config_.epochs;
    report.batches = static_cast<int>(samples_->batches_per_epoch(config_.batch_size));
    seed_device(epoch);
    EpochBatches batches = batches_of(epoch);
    torch::Tensor loss_sum = torch::zeros({}, torch::dtype(torch::kFloat64).device(device_));
    std::int64_t clips = 0;
    while (const std::optional<TensorBatch> batch = batches.next()) {
      const double done = epoch + static_cast<double>(report.batch) / report.batches;
      report.learning_rate = learning_rate(config_.schedule_spec(), done);
      loss_sum += train_batch(*batch, report.learning_rate);
      clips += batch->values.size(0);
      ++report.batch;
      if (!waits_for_nothing() || report.batch == report.batches) report.loss = mean_loss(loss_sum, report.batch);
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

  // Mean |W| of each binary layer, in order.
  std::vector<double> layer_alphas() const {
    const torch::NoGradGuard no_gradient;
    std::vector<double> alphas;
    std::vector<torch::Tensor> means;
    for (const torch::Tensor& weight : module_->binary_weights()) {
      means.push_back(center_and_clamp(weight).abs().mean());
    }
    if (means.empty()) return alphas;
    const torch::Tensor all = torch::stack(means).to(torch::kCPU, torch::kFloat64);  // waits for a GPU once
    alphas.assign(all.data_ptr<double>(), all.data_ptr<double>() + all.numel());
    return alphas;
  }

  // In the first stage of two-stage binary training, weights are still real.
  bool is_the_network(int epoch) const { return epoch > config_.activation_epochs; }

  static double accuracy(NetworkModule& module, const ClipSet& clips) {
    return evaluate_module(module, clips, kJudgedBy).accuracy();
  }

  void judge(EpochReport& report) {
    report.accuracy = accuracy(module_, clips_.choosing);
    if (detector_windows_) {
      const Evaluation judged = evaluate_module(module_, *detector_windows_, Protocol::kSingleWindow);
      report.detector = detector_figures(judged, *detector_windows_);
    }
    if (!average_ || !is_the_network(report.epoch)) return;
    measure_average(report.epoch);
    report.ema_accuracy = accuracy(average_->module(), clips_.choosing);
  }

  // Uses at most 16 training batches: less work than evaluating a fold.
  void measure_average(int epoch) {
    constexpr int kBatches = 16;
    EpochBatches batches = batches_of(epoch - 1);
    int count = 0;
    average_->measure_batch_norms([&] {
      const auto batch = count++ == kBatches ? std::nullopt : batches.next();
      return batch ? batch->values : torch::Tensor();
    });
  }

  void end_epoch(EpochReport& report, Clock::time_point start) {
    module_->clamp_batch_norms();  // the same limit as in the next step
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
    checkpoint(report);
    observer_(report);
  }

  // With epochs of milliseconds, checkpoints would take most of the time. The first epoch of a process is always saved,
  // so that short-lived processes make progress.
  void checkpoint(const EpochReport& report) {
    const bool last = report.epoch == config_.epochs;
    if (!last && checkpointed_ && seconds_since(*checkpointed_) < config_.checkpoint_seconds) return;
    save_checkpoint(run_.checkpoints(), state(), to_json(config_).dump());
    checkpointed_ = Clock::now();
  }

  void write_epoch(const EpochReport& report, const std::vector<double>& alphas) {
    nlohmann::json line = {{"epoch", report.epoch},
                           {"loss", *report.loss},
                           {"learning_rate", report.learning_rate},
                           {"clips_per_second", report.clips_per_second},
                           {"seconds", progress_.seconds}};
    if (!alphas.empty()) line["alpha"] = alphas;  // for binary convolutions
    const std::string judged_by = validates() ? "validation_" : "";
    if (report.accuracy) line[judged_by + "accuracy"] = *report.accuracy;
    if (report.detector) line["detector"] = to_json(*report.detector);  // on validation clips
    if (report.ema_accuracy) line[judged_by + "ema_accuracy"] = *report.ema_accuracy;
    if (config_.activation_epochs > 0) line["weights"] = is_the_network(report.epoch) ? "binary" : "real";
    if (report.accuracy && is_the_network(report.epoch)) keep_networks(report);
    if (validates() && report.epoch == config_.epochs) evaluate_test_fold(line);
    run_.append_metrics(line);
  }

  // With validation clips, this is the only evaluation on the test fold.
  void evaluate_test_fold(nlohmann::json& line) {
    line["accuracy"] = accuracy(module_, test_);
    if (average_) line["ema_accuracy"] = accuracy(average_->module(), test_);
    NetworkModule best(config_.spec, module_->options());
    load_network(best, read_network(run_.best_weights()));
    best->to(device_);
    best->compute_signs_as(*module_);
    line["best_accuracy"] = accuracy(best, test_);
  }

  bool is_best(const EpochReport& report) const {
    if (!report.detector || !best_detector_) return *report.accuracy > progress_.best_accuracy;
    return is_better_epoch(*report.detector, *report.accuracy, *best_detector_, progress_.best_accuracy);
  }

  void keep_networks(const EpochReport& report) {
    if (is_best(report)) {
      best_detector_ = report.detector;
      progress_.best_accuracy = *report.accuracy;
      progress_.best_epoch = report.epoch;
      const char* selection = validates() ? kBestOnValidation : kBestOnTest;
      write_network(run_.best_weights(), snapshot(module_, report, selection), Existing::kReplace);
    }
    write_network(run_.weights(), snapshot(module_, report, "last epoch"), Existing::kReplace);
    if (average_) {
      const TrainedNetwork averaged = snapshot(average_->module(), report, kAveragedWeights);
      write_network(run_.ema_weights(), averaged, Existing::kReplace);
    }
  }

  TrainedNetwork snapshot(const NetworkModule& module, const EpochReport& report, const char* selection) const {
    TrainedNetwork network = to_network(module);
    network.labels = clips_.training.labels;
    network.provenance = run_provenance(config_, report.epoch, selection);
    return network;
  }

  const RunFolder& run_;
  const TrainConfig& config_;
  const DividedClips& clips_;
  const ClipSet& test_;
  EpochObserver observer_;
  std::unique_ptr<SampleSource> samples_;
  torch::Device device_ = torch::kCPU;
  bool mixed_ = false, as_on_gpu_ = false;
  std::optional<DeviceSamples> device_samples_;  // empty: the CPU prepares batches in the background
  NetworkModule module_{nullptr};
  NetworkModule teacher_{nullptr};
  ConvPairs compared_;  // with the teacher's convolutions; empty: no feature distillation
  std::optional<WeightAverage> average_;
  std::optional<WeightPruner> pruner_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  Progress progress_;
  std::optional<ClipSet> detector_windows_;        // with Select::kDetector, like the next
  std::optional<DetectorFigures> best_detector_;   // at progress_.best_epoch
  std::optional<Clock::time_point> checkpointed_;  // by this process
};

std::string other_device_note(Device begun, Device now) {
  return fmt::format(
      "this run started on {} and continues on {}: results will differ in the last bits from a run on one device",
      to_string(begun), to_string(now));
}

}  // namespace

TrainResult train(const RunFolder& run, const TrainingInputs& inputs, const EpochObserver& observer,
                  const NoteObserver& note, const ComputeOn& on) {
  const auto lock = run.lock();
  refuse_other_classes(run, inputs.clips.training.labels);
  Trainer trainer(run, inputs, observer, on);
  const std::string slower = trainer.choose_sign_sums();
  if (!slower.empty() && note) note(slower);
  if (run.checkpoints().any()) {
    const std::string message = trainer.resume();
    if (!message.empty() && note) note(message);
    if (note && on.device && *on.device != run.config().device)
      note(other_device_note(run.config().device, *on.device));
  } else {
    run.truncate_metrics(0);
    if (inputs.parents.start) trainer.start_from(*inputs.parents.start);
  }
  return trainer.finish();
}

}  // namespace stapes
