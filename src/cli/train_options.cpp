#include "cli/train_options.h"

#include <algorithm>

#include "cli/command.h"

namespace stapes::cli {
namespace {

template <class Value, class Target>
void override_with(const std::optional<Value>& value, Target& target) {
  if (value) target = *value;
}

}  // namespace

void add_recipe_options(CLI::App& command, const std::shared_ptr<RecipeOptions>& options) {
  command.add_option("--epochs", options->epochs, "passes over the training clips (default 100)");
  command.add_option("--batch", options->batch_size, "samples a step (default 64)");
  command.add_option("--lr", options->learning_rate, "peak learning rate (default 0.1; binary 0.001)");
  command.add_option("--schedule", options->schedule, "steps, one-cycle or cosine (default steps; binary cosine)");
  command.add_option("--optimizer", options->optimizer,
                     "sgd (Nesterov momentum 0.9) or adam (default sgd; binary adam)");
  command.add_option("--weight-decay", options->weight_decay, "default 5e-4; binary 1e-4");
  command.add_option("--warmup-epochs", options->warmup_epochs, "at lr/10, schedule steps only (default 10)");
  command.add_option("--dropout", options->dropout, "before conv12 (default 0.2)");
  command.add_option("--activation-epochs", options->activation_epochs,
                     "binary: first epochs with signs on activations only (default 0)");
  command.add_option("--teacher", options->teacher, "run to distil from; train it on the same folds");
  command.add_option("--teacher-weight", options->teacher_weight, "its share of the target (default 0.8)");
  command.add_option("--eval-every", options->eval_every, "epochs between evaluations (default epochs / 20)");
  add_threads(command, options->threads, "of libtorch");
}

void apply(const RecipeOptions& options, TrainConfig& config) {
  override_with(options.epochs, config.epochs);
  override_with(options.batch_size, config.batch_size);
  override_with(options.learning_rate, config.learning_rate);
  if (options.schedule) config.schedule = parse_schedule(*options.schedule);
  override_with(options.optimizer, config.optimizer);
  override_with(options.weight_decay, config.weight_decay);
  override_with(options.warmup_epochs, config.warmup_epochs);
  override_with(options.dropout, config.dropout);
  override_with(options.activation_epochs, config.activation_epochs);
  override_with(options.teacher, config.teacher);
  override_with(options.teacher_weight, config.teacher_weight);
  override_with(options.threads, config.threads);
  config.eval_every = options.eval_every.value_or(std::max(1, config.epochs / 20));
  check_config(config);
}

}  // namespace stapes::cli
