// SPDX-License-Identifier: Apache-2.0
#include "train/checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "packed/container.h"
#include "train/optimizer.h"

namespace stapes {
namespace {

constexpr ContainerKind kCheckpointContainer{"STAPESCK", 1};

torch::Tensor generator_state() { return at::detail::getDefaultCPUGenerator().get_state(); }

void set_generator_state(const torch::Tensor& state) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(state);
}

std::string serialize(const TrainingState& state, const std::string& config) {
  torch::serialize::OutputArchive archive, network, steps;
  state.module->save(network);
  state.optimizer.save(steps);
  archive.write("config", c10::IValue(config));
  archive.write("network", network);
  archive.write("optimizer", steps);
  if (state.average != nullptr) {
    torch::serialize::OutputArchive average;
    state.average->save(average);
    archive.write("average", average);
  }
  archive.write("generator", generator_state());
  archive.write("epochs_done", c10::IValue(static_cast<std::int64_t>(state.progress.epochs_done)));
  archive.write("best_accuracy", c10::IValue(state.progress.best_accuracy));
  archive.write("best_epoch", c10::IValue(static_cast<std::int64_t>(state.progress.best_epoch)));
  archive.write("seconds", c10::IValue(state.progress.seconds));
  std::ostringstream stream;
  archive.save_to(stream);
  return std::move(stream).str();
}

Progress read_progress(torch::serialize::InputArchive& archive) {
  c10::IValue epochs_done, best_accuracy, best_epoch, seconds;
  archive.read("epochs_done", epochs_done);
  archive.read("best_accuracy", best_accuracy);
  archive.read("best_epoch", best_epoch);
  archive.read("seconds", seconds);
  return {static_cast<int>(epochs_done.toInt()), best_accuracy.toDouble(), static_cast<int>(best_epoch.toInt()),
          seconds.toDouble()};
}

// Older runs saved their config with different keys.
std::string as_written_today(const std::string& config, const std::string& where) {
  try {
    return to_json(train_config_from_json(nlohmann::json::parse(config), where)).dump();
  } catch (const std::exception&) {
    return config;
  }
}

void deserialize(std::span<const std::byte> payload, const TrainingState& state, const std::string& config,
                 const std::string& where) {
  const torch::Device device = state.module->parameters().front().device();
  try {
    torch::serialize::InputArchive archive, network, steps;
    // Load to the CPU first: the device that saved the checkpoint may not be available.
    archive.load_from(reinterpret_cast<const char*>(payload.data()), payload.size(), torch::Device(torch::kCPU));
    c10::IValue saved_config;
    archive.read("config", saved_config);
    if (as_written_today(saved_config.toStringRef(), where) != config) {
      throw Error(
          "{} is the checkpoint of another run, or config.json was edited; restore config.json, or train again with "
          "--force",
          where);
    }
    archive.read("network", network);
    state.module->load(network);
    state.module->to(device);
    archive.read("optimizer", steps);
    state.optimizer.load(steps);
    move_state(state.optimizer, device);
    if (state.average != nullptr) {
      torch::serialize::InputArchive average;
      archive.read("average", average);
      state.average->load(average);
      state.average->module()->to(device);
    }
    torch::Tensor generator;
    archive.read("generator", generator);
    set_generator_state(generator);
    state.progress = read_progress(archive);
  } catch (const c10::Error& error) {
    throw Error("{} does not fit this run: {}", where, error.what_without_backtrace());
  }
}

struct CheckpointBytes {
  std::vector<std::byte> file;
  std::span<const std::byte> payload;
  std::string damage;  // why it is unusable; "" = usable
};

CheckpointBytes read_checkpoint(const std::filesystem::path& path) {
  CheckpointBytes bytes;
  if (!std::filesystem::exists(path)) {
    bytes.damage = "missing";
    return bytes;
  }
  bytes.file = read_file(path);
  const Status status = open_container(bytes.file, kCheckpointContainer, bytes.payload);
  if (status != Status::kOk) bytes.damage = to_string(status);
  return bytes;
}

}  // namespace

void save_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config) {
  const std::string content = serialize(state, config);
  const auto payload = std::as_bytes(std::span(content));
  AtomicFile file(files.newest, Existing::kReplace);
  file.write(container_header(kCheckpointContainer, payload));
  file.write(payload);
  if (std::filesystem::exists(files.newest)) std::filesystem::rename(files.newest, files.previous);
  file.commit();
}

std::string load_checkpoint(const CheckpointFiles& files, const TrainingState& state, const std::string& config) {
  const CheckpointBytes newest = read_checkpoint(files.newest);
  if (newest.damage.empty()) {
    deserialize(newest.payload, state, config, files.newest.string());
    return "";
  }
  const CheckpointBytes previous = read_checkpoint(files.previous);
  if (!previous.damage.empty()) {
    throw Error("no usable checkpoint: {} ({}), {} ({}); train again with --force", files.newest.string(),
                newest.damage, files.previous.string(), previous.damage);
  }
  deserialize(previous.payload, state, config, files.previous.string());
  std::filesystem::rename(files.previous, files.newest);  // the damaged file must not become the previous checkpoint
  return fmt::format("cannot use {} ({}); continuing from the previous checkpoint, after epoch {}",
                     files.newest.string(), newest.damage, state.progress.epochs_done);
}

}  // namespace stapes
