// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_lock.h"
#include "base/parallel.h"
#include "cli/command.h"
#include "cli/study/study_progress.h"
#include "data/data_set.h"
#include "study/execution/local_executor.h"
#include "study/execution/run_cell.h"
#include "study/execution/run_study.h"
#include "study/execution/slurm_executor.h"
#include "study/plan/cell_threads.h"
#include "study/results/study_folder.h"
#include "study/results/study_results.h"
#include "study/results/study_table.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct StudyOptions {
  fs::path plan, data, output;
  std::string executor = "local";
  std::string partition;
  int processes = 0, threads = 0, tasks = 100, attempts = 3;
  bool list = false, cancel = false;
};

fs::path this_program() { return fs::read_symlink("/proc/self/exe"); }

fs::path data_path(const StudyOptions& options, const StudyPlan& plan) {
  const fs::path path = options.data.empty() ? fs::path(plan.data) : options.data;
  if (path.empty())
    throw UsageError("{} names no data; add data = \"FILE\" or give --data FILE", options.plan.string());
  return fs::absolute(path).lexically_normal();
}

// Cells to run at once on this machine.
int processes_for(const StudyOptions& options) {
  return options.processes > 0 ? options.processes : std::max(1, hardware_threads() / std::max(1, options.threads));
}

// Threads per cell. The size of cluster nodes is unknown here.
std::vector<int> threads_for(const StudyOptions& options, const std::vector<Cell>& cells) {
  if (options.threads == 0 && options.executor == "local") {
    return threads_of_cells(cells, hardware_threads(), processes_for(options));
  }
  return std::vector<int>(cells.size(), std::max(1, options.threads));
}

LocalOptions local_options(const StudyOptions& options, const fs::path& results, const std::vector<Cell>& cells) {
  LocalOptions local{.results = results, .stapes = this_program(), .processes = processes_for(options), .threads = {}};
  const std::vector<int> threads = threads_for(options, cells);
  for (std::size_t i = 0; i < cells.size(); ++i) local.threads[cells[i].folder] = threads[i];
  return local;
}

SlurmOptions slurm_options(const StudyOptions& options, const fs::path& results) {
  return {.results = results,
          .stapes = this_program(),
          .partition = options.partition,
          .threads = std::max(1, options.threads),
          .tasks = options.tasks};
}

std::unique_ptr<Executor> make_executor(const StudyOptions& options, const fs::path& results,
                                        const std::vector<Cell>& cells) {
  if (options.executor == "local") return std::make_unique<LocalExecutor>(local_options(options, results, cells));
  if (options.executor == "slurm") return std::make_unique<SlurmExecutor>(slurm_options(options, results));
  throw UsageError("unknown --executor value '{}'; choose local or slurm", options.executor);
}

void list_cells(const std::vector<Cell>& cells, const StudyOptions& options, const Common& common) {
  if (common.json) {
    nlohmann::json names = nlohmann::json::array();
    for (const Cell& cell : cells) names.push_back(cell.folder);
    return print_json({{"cells", names}, {"threads", threads_for(options, cells)}});
  }
  for (const Cell& cell : cells) print_out("{}\n", cell.folder);
  print_out("{} cell{}\n", cells.size(), cells.size() == 1 ? "" : "s");
}

nlohmann::json end_json(const StudyResults& results, const StudyEnd& end) {
  nlohmann::json json = {
      {"study", results.name},    {"results", results.path.string()},  {"cells", results.cell_count()},
      {"finished", end.finished}, {"failed", nlohmann::json::array()}, {"series", nlohmann::json::array()}};
  for (const FailedCell& cell : results.failed) {
    json["failed"].push_back({{"cell", cell.folder}, {"reason", cell.reason}, {"attempts", cell.attempts}});
  }
  for (const Series& series : series_of(results)) {
    for (const SeriesPoint& point : series.points) {
      json["series"].push_back({{"series", series.name},
                                {"classes", point.classes},
                                {"ten_crops", to_json(point.ten_crops)},
                                {"single_window", to_json(point.single_window)}});
    }
  }
  return json;
}

// True for a study, a new folder, or a folder that holds only a study's lock.
bool may_hold_a_study(const fs::path& folder) {
  if (!fs::exists(folder) || fs::exists(folder / kStudyFile)) return true;
  if (!fs::is_directory(folder)) return false;
  return std::all_of(fs::directory_iterator(folder), fs::directory_iterator(),
                     [](const fs::directory_entry& entry) { return entry.path().filename() == kStudyLock; });
}

// Cancels the tasks that a dead coordinator left on the cluster.
void cancel(Executor& executor) {
  const std::size_t tasks = executor.adopted().size();
  executor.stop();
  print_out("canceled tasks: {}\n", tasks);
}

void study(const StudyOptions& options, const Common& common) {
  const StudyPlan plan = read_plan(options.plan);
  const DataSet set(data_path(options, plan));
  const StudyData data{data_path(options, plan), set.hash(), set.kind()};
  const std::vector<Cell> cells = grid_of(plan, set);
  if (options.list) return list_cells(cells, options, common);
  if (options.output.empty()) throw UsageError("study needs -o RESULTS, the folder for its results");
  const fs::path results = fs::absolute(options.output).lexically_normal();
  if (options.cancel && options.executor != "slurm") {
    throw UsageError("--cancel is for --executor slurm; local cells end with their study");
  }
  if (!may_hold_a_study(results) || (options.cancel && !fs::exists(results / kStudyFile))) {
    throw Error("{} {}; choose another folder with -o", results.string(),
                fs::exists(results) ? "exists and is not a study" : "does not exist");
  }
  set.check_samples();
  const std::unique_ptr<Executor> executor = make_executor(options, results, cells);
  fs::create_directories(results);
  const FileLock lock(results / kStudyLock, "the study in " + results.string());
  if (options.cancel) return cancel(*executor);
  write_study(results, plan, data, cells);
  StudyPrinter printer(plan.name, common.quiet || common.json);
  const StudyObserver observer{[&](const StudyProgress& progress) { printer.progress(progress); },
                               [&](const std::string& line) { printer.message(line); }};
  const StudyEnd end = run_study(results, cells, data.hash, *executor, options.attempts, observer);
  const StudyResults read = read_study(results);
  if (common.json) {
    print_json(end_json(read, end));
  } else {
    print_out("{}", study_table(read));
  }
  if (end.failed == 0) return;
  report_failure(
      fmt::format(
          "{} of {} cells failed; list them with `stapes report {}`, or retry them by running this `stapes study` "
          "command again",
          end.failed, cells.size(), options.output.string())
          .c_str());
  throw CLI::RuntimeError(1);
}

void add_execution_options(CLI::App& command, StudyOptions& options) {
  {
    const Heading heading(command, "Execution");
    command
        .add_option("--executor", options.executor,
                    "Where to run cells {local, slurm}: as local processes or as cluster tasks")
        ->capture_default_str();
    command
        .add_option("--threads", options.threads,
                    "Threads per cell (default: from the plan and the number of cores; slurm: 1)")
        ->check(CLI::Range(1, kMaxThreads));
    command
        .add_option("--processes", options.processes,
                    "Local cells to run at once (default: one per core, fewer with --threads)")
        ->check(CLI::Range(1, 1024));
    command.add_option("--attempts", options.attempts, "Maximum number of attempts per cell if its process is killed")
        ->capture_default_str()
        ->check(CLI::Range(1, 100));
  }
  const Heading heading(command, "Slurm");
  command.add_option("--partition", options.partition, "Slurm partition to run the tasks in (default: the cluster's)")
      ->type_name("NAME");
  command.add_option("--tasks", options.tasks, "Maximum number of tasks queued or running at once")
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxSlurmTasks));
  command.add_flag("--cancel", options.cancel, "Only cancel the tasks that an interrupted `stapes study` left behind");
}

}  // namespace

void add_study_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<StudyOptions>();
  CLI::App* command = add_common(app, "stapes study plans/laptop.toml --data esc50.data -o results/laptop", common);
  CLI::Option* seed = command->get_option("--seed")->description("Not accepted: the plan sets the seeds");
  command->add_option("PLAN", options->plan, "Study plan, a TOML file (docs/guides/study.md)")->required();
  command->add_option("--data", options->data, "Data-set file (default: the plan's)");
  command->add_option("-o,--output", options->output, "Folder for the results, created if missing");
  command->add_flag("--list", options->list, "Print the names of the cells and exit");
  add_execution_options(*command, *options);
  command->callback([=] {
    if (seed->count() > 0)
      throw UsageError("--seed is not accepted; set the seeds in the plan, such as seeds = [1, 2]");
    study(*options, *common);
  });
}

void add_study_cell_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto job = std::make_shared<CellJob>();
  CLI::App* command = add_common(app, "stapes study-cell RESULTS NAME --threads 1", common);
  command->add_option("RESULTS", job->results, "Folder of the study")->required();
  command->add_option("NAME", job->folder, "Folder of the cell in the study")->required();
  command->add_option("--threads", job->threads, "Threads for training")->check(CLI::Range(1, kMaxThreads));
  command->callback([=] {
    job->results = fs::absolute(job->results).lexically_normal();
    job->stapes = this_program();
    run_cell(*job);
  });
}

}  // namespace stapes::cli
