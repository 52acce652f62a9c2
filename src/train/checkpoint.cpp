#include "train/checkpoint.h"

#include <ATen/CPUGeneratorImpl.h>

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "packed/container.h"

namespace stapes {
namespace {

constexpr ContainerKind kCheckpointContainer{"STAPESCK", 1};

torch::Tensor generator_state() { return at::detail::getDefaultCPUGenerator().get_state(); }

void set_generator_state(const torch::Tensor& state) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  generator.set_state(state);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Acdnet& module, const torch::optim::Optimizer& optimizer,
                     const Progress& progress, const std::string& config) {
  torch::serialize::OutputArchive archive, network, steps;
  module->save(network);
  optimizer.save(steps);
  archive.write("config", c10::IValue(config));
  archive.write("network", network);
  archive.write("optimizer", steps);
  archive.write("generator", generator_state());
  archive.write("epochs_done", c10::IValue(static_cast<std::int64_t>(progress.epochs_done)));
  archive.write("best_accuracy", c10::IValue(progress.best_accuracy));
  archive.write("best_epoch", c10::IValue(static_cast<std::int64_t>(progress.best_epoch)));
  archive.write("seconds", c10::IValue(progress.seconds));
  std::ostringstream stream;
  archive.save_to(stream);
  const std::string content = std::move(stream).str();
  const auto payload = std::as_bytes(std::span(content));
  AtomicFile file(path, Existing::kReplace);
  file.write(container_header(kCheckpointContainer, payload));
  file.write(payload);
  file.commit();
}

Progress load_checkpoint(const std::filesystem::path& path, Acdnet& module, torch::optim::Optimizer& optimizer,
                         const std::string& config) {
  const std::vector<std::byte> file = read_file(path);
  std::span<const std::byte> payload;
  const Status status = open_container(file, kCheckpointContainer, payload);
  if (status != Status::kOk) throw Error("{} is no checkpoint: {}", path.string(), to_string(status));
  try {
    torch::serialize::InputArchive archive, network, steps;
    archive.load_from(reinterpret_cast<const char*>(payload.data()), payload.size());
    c10::IValue saved_config;
    archive.read("config", saved_config);
    if (saved_config.toStringRef() != config) {
      throw Error("{} is the checkpoint of another run, or config.json was edited; a run is continued as it was begun",
                  path.string());
    }
    archive.read("network", network);
    module->load(network);
    archive.read("optimizer", steps);
    optimizer.load(steps);
    torch::Tensor generator;
    archive.read("generator", generator);
    set_generator_state(generator);
    c10::IValue epochs_done, best_accuracy, best_epoch, seconds;
    archive.read("epochs_done", epochs_done);
    archive.read("best_accuracy", best_accuracy);
    archive.read("best_epoch", best_epoch);
    archive.read("seconds", seconds);
    return {static_cast<int>(epochs_done.toInt()), best_accuracy.toDouble(), static_cast<int>(best_epoch.toInt()),
            seconds.toDouble()};
  } catch (const c10::Error& error) {
    throw Error("{} does not fit this run: {}", path.string(), error.what_without_backtrace());
  }
}

}  // namespace stapes
