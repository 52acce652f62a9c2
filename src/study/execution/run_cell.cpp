// SPDX-License-Identifier: Apache-2.0
#include "study/execution/run_cell.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/child_process.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/files.h"
#include "base/parallel.h"
#include "data/selection.h"
#include "emulate/measure_model.h"
#include "emulate/time_estimate.h"
#include "runs/run_folder.h"
#include "runtime/detector_plan.h"
#include "stapes/version.h"
#include "study/execution/cell_commands.h"
#include "study/results/study_folder.h"
#include "study/results/verdict.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

// A command killed by a signal; the cell may be retried.
class Killed : public Error {
 public:
  using Error::Error;
};

// The last error message in `log` after offset `from`.
std::string complaint_in(const fs::path& log, std::uintmax_t from) {
  std::ifstream file(log);
  file.seekg(static_cast<std::streamoff>(from));
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("stapes: ")) last = line.substr(8);
  }
  return last.empty() ? "failed without an error message; see " + log.string() : last;
}

void run_command(const CellJob& job, const CellFolder& folder, const Arguments& arguments, int thread_count) {
  if (arguments.empty()) return;
  std::vector<std::string> command = {job.stapes.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  append_text(folder.log(), fmt::format("$ stapes {}\n", arguments.front()));
  const std::uintmax_t before = fs::file_size(folder.log());
  const std::string threads = std::to_string(thread_count);
  ChildProcess process(command, folder.log(), {{"OMP_NUM_THREADS", threads}, {"OPENBLAS_NUM_THREADS", threads}});
  const int status = process.wait();
  if (status >= 128) throw Killed("{}: {} was killed by signal {}", job.folder, arguments.front(), status - 128);
  if (status != 0) throw Error("{}: {}", arguments.front(), complaint_in(folder.log(), before));
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

// The default hop of a detector; 0 if the model cannot be streamed.
int usual_hop_samples(const fb::Model& model) {
  DetectorPlan detector;
  return plan_detector(model, 0, detector) == Status::kOk ? detector.hop_samples : 0;
}

TargetCost cost_on(const ModelFile& model, const std::string& target) {
  TargetCost cost{.target = target, .failure = {}};
  try {
    MeasureOptions options;
    options.must_fit = false;  // `advise` checks the fit later, with the user's limits
    const ExportMeasure measure = measure_model(model, find_board(target), options);
    const int hop = usual_hop_samples(model.model());
    const TimeEstimate time = estimate_time(measure, model.model(), 0, hop);
    cost.instructions = measure.run.instructions;
    cost.flash_bytes = measure.flash_bytes();
    cost.ram_bytes = measure.ram_bytes();
    cost.stack_bytes = measure.run.stack_bytes;
    cost.window_ms = time.window_seconds * 1e3;
    if (hop > 0) {
      cost.hop_ms = time.hop_seconds * 1e3;
      cost.hop_sound_ms = 1e3 * hop / model.model().sample_rate_hz();
    }
    cost.estimated = measure.board.emulated();
    cost.same_result = !measure.first_difference().has_value();
  } catch (const Error& error) {
    cost.failure = error.what();
  }
  return cost;
}

void add_accuracy(const VerdictRow& row, const ClipSet& test, CellResult& result) {
  result.labels = test.labels;
  for (std::size_t i = 0; i < test.clips.size(); ++i) {
    const ClipView& clip = test.clips[i];
    result.clips.push_back({std::string(clip.name), std::string(clip.source), clip.label, row.ten_crops.decisions()[i],
                            row.single_window.decisions()[i]});
  }
  if (row.open_set) result.auroc = row.open_set->auroc;
  if (row.window_open_set) result.window_auroc = row.window_open_set->auroc;
}

void add_cost(const VerdictRow& row, CellResult& result) {
  result.file_bytes = row.file_bytes;
  result.arena_bytes = row.arena_bytes;
  result.macs = row.macs;
  result.binary_macs = row.binary_macs;
  result.binary_parameters = row.parameters_binary;
  result.parameters = row.parameters_fp32 + row.parameters_int16 + row.parameters_int8 + row.parameters_binary;
  result.host_ms = row.host_ms;
  result.widths = row.widths;
}

// Smallest mean |W| of any binary layer in an epoch's row, to four decimals.
std::optional<double> smallest_alpha(const nlohmann::json& row) {
  if (!row.contains("alpha") || !row["alpha"].is_array() || row["alpha"].empty()) return std::nullopt;
  const auto alphas = row["alpha"].get<std::vector<double>>();
  return std::round(*std::min_element(alphas.begin(), alphas.end()) * 1e4) / 1e4;
}

// Adds the training history; returns the training time in seconds.
double add_training(const CellFolder& folder, CellResult& result) {
  const std::optional<TrainResult> trained = RunFolder::result(folder.run());
  if (!trained) throw Error("{} is not a finished training run: it has no result", folder.run().string());
  result.best_accuracy = trained->best_accuracy;
  result.curve = curve_of(folder.run());
  return trained->seconds;
}

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

CellResult judged(const CellJob& job, const Cell& cell, const StudyData& data, const CellFolder& folder) {
  const DataSet set(data.path);
  if (set.hash() != data.hash) {
    throw Error("{} has changed since the study began (hash {}, expected {}); restore it", data.path.string(),
                set.hash(), data.hash);
  }
  const ClipSet test = only_fold(select_classes(set, cell.id.classes), cell.id.fold);
  const VerdictRow row = judge(folder.model(), test, {set.hash(), cell.id.fold}, job.threads);
  CellResult result;
  result.id = cell.id;
  result.form = to_string(cell.form);
  add_accuracy(row, test, result);
  add_cost(row, result);
  result.caveats = row.caveats;
  const ModelFile model(folder.model());
  for (const std::string& target : cell.targets) result.targets.push_back(cost_on(model, target));
  return result;
}

// A resumed run keeps its number of threads, so results stay bit-identical.
int threads_of(const CellJob& job, const CellFolder& folder) {
  return folder.is_training_begun() ? folder.training_threads() : job.threads;
}

void make_result(const CellJob& job, const CellFolder& folder) {
  const Clock::time_point begun = Clock::now();
  const std::string started = utc_now();
  const Cell cell = folder.cell();
  const StudyData data = data_of_study(job.results);
  const int threads = threads_of(job, folder);
  const CellCommands left = commands_left(job.results, cell, data, threads);
  run_command(job, folder, left.train, threads);
  const Clock::time_point trained = Clock::now();
  if (!left.pack.empty()) fs::remove(folder.model());  // incomplete, or packed from earlier weights
  run_command(job, folder, left.pack, threads);
  CellResult result = judged(job, cell, data, folder);
  result.epochs = cell.epochs;
  result.published_epochs = cell.published_epochs;
  result.commands = commands_to_show(job.results, cell, data, threads);
  result.parent = cell.start;
  result.data_hash = data.hash;
  result.version = STAPES_VERSION_STRING;
  result.machine = processor_name();
  result.threads = threads;
  result.started = started;
  double seconds = std::chrono::duration<double>(Clock::now() - (cell.training.empty() ? begun : trained)).count();
  if (!cell.training.empty()) seconds += add_training(folder, result);
  result.seconds = seconds;
  folder.write_result(result);
}

}  // namespace

std::vector<CurvePoint> curve_of(const fs::path& run) {
  constexpr std::size_t kMaxPoints = 100;
  std::vector<CurvePoint> all, evaluated;
  for (const nlohmann::json& row : RunFolder::metrics(run)) {
    if (!row.contains("loss")) continue;
    CurvePoint point{.epoch = row["epoch"].get<int>(), .loss = row["loss"].get<double>(), .accuracy = {}};
    if (row.contains("accuracy") && row["accuracy"].is_number()) point.accuracy = row["accuracy"].get<double>();
    point.alpha = smallest_alpha(row);
    if (point.accuracy) evaluated.push_back(point);
    all.push_back(std::move(point));
  }
  return all.size() <= kMaxPoints ? all : evaluated;
}

void run_cell(const CellJob& job) {
  const CellFolder folder(job.results, job.folder);
  if (!fs::exists(folder.path())) throw Error("unknown cell '{}': no folder {}", job.folder, folder.path().string());
  const FileLock lock(folder.path() / "lock", "the cell " + job.folder);
  folder.begin_attempt();
  try {
    make_result(job, folder);
  } catch (const Killed&) {
    throw;
  } catch (const std::exception& error) {
    folder.write_failure(error.what());
    throw;
  }
}

}  // namespace stapes
