// SPDX-License-Identifier: Apache-2.0
#include "study/execution/slurm_executor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "study/results/study_folder.h"

namespace stapes {
namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAdvice = "install the package slurm-client, or use --executor local";

// Runs a Slurm program; a timeout counts as failure.
ProgramEnd slurm(const std::vector<std::string>& arguments) {
  try {
    return run_to_end(arguments, kAdvice, 60s);
  } catch (const Error& error) {
    return {.status = 1, .output = error.what()};
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// The last line, without its prefix "sbatch: error: ".
std::string complaint_of(const std::string& output) {
  const std::vector<std::string> lines = lines_of(output);
  if (lines.empty()) return "no output";
  const std::size_t at = lines.back().find("error: ");
  return at == std::string::npos ? lines.back() : lines.back().substr(at + 7);
}

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Finds "JOB" or "JOB;CLUSTER" in the output of `sbatch --parsable`, possibly after warnings.
std::string job_in(const std::string& output) {
  for (const std::string& line : lines_of(output)) {
    const std::string job = line.substr(0, line.find(';'));
    if (is_number(job)) return job;
  }
  throw Error("sbatch returned no job number: {}", complaint_of(output));
}

// True if the controller did not answer: either the Slurm program says so, or slurm() stopped the program after a
// minute and `output` ends with kTimedOut. Elsewhere in `output`, "timed out" may refer to something else, so it counts
// as an answer.
bool is_unreachable(const std::string& output) {
  constexpr std::array kSigns = {"Unable to contact slurm controller", "Socket timed out", "Connection timed out",
                                 "Connection refused"};
  return output.ends_with(kTimedOut) ||
         std::ranges::any_of(kSigns, [&](const char* sign) { return output.find(sign) != std::string::npos; });
}

// Final task states (job state codes in squeue's manual).
bool is_over(const std::string& state) {
  constexpr std::array kOver = {"BF", "CA", "CD", "DL", "F", "NF", "OOM", "PR", "RV", "TO"};
  return std::ranges::find(kOver, state) != kOver.end();
}

std::string task_id(const std::string& job, const std::string& index) { return job + "_" + index; }

// Escapes % for --output. A path with a backslash, which cannot be escaped, gets no log.
std::string log_pattern(const fs::path& folder, int array) {
  std::string path;
  for (const char c : folder.string()) {
    if (c == '\\') return "/dev/null";
    path += c == '%' ? std::string("%%") : std::string(1, c);
  }
  return fmt::format("{}/array-{}_%a.log", path, array);
}

}  // namespace

SlurmExecutor::SlurmExecutor(SlurmOptions options)
    : options_(std::move(options)), poll_interval_(options_.shortest_poll) {
  for (const char* program : {"sbatch", "squeue", "scancel"}) {
    if (find_program(program).empty()) throw UsageError("--executor slurm: cannot find {}; {}", program, kAdvice);
  }
  adopt();
}

fs::path SlurmExecutor::folder() const { return options_.results / kSlurmFolder; }
fs::path SlurmExecutor::list_of(int array) const { return folder() / fmt::format("array-{}.txt", array); }
fs::path SlurmExecutor::script_of(int array) const { return folder() / fmt::format("array-{}.sh", array); }

std::size_t SlurmExecutor::capacity() {
  const auto most = static_cast<std::size_t>(options_.tasks);
  return most > tasks_.size() ? most - tasks_.size() : 0;
}

// Records the array before submitting it, so that the next coordinator can find the job by its script.
void SlurmExecutor::start(const std::vector<std::string>& cells) {
  fs::create_directories(folder());
  int number = 1;
  while (fs::exists(list_of(number))) ++number;
  write_text_file(list_of(number), fmt::format("{}\n", fmt::join(cells, "\n")), Existing::kReplace);
  const std::string script = fmt::format(
      "#!/bin/sh\n"
      "# Task I runs the cell on line I + 1.\n"
      "cell=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {})\n"
      "exec {} study-cell {} \"$cell\" --threads {}\n",
      shell_word(list_of(number).string()), shell_word(options_.stapes.string()), shell_word(options_.results.string()),
      options_.threads);
  write_text_file(script_of(number), script, Existing::kReplace);
  forget_ended_arrays();
  arrays_.push_back({number, ""});
  write_jobs();
  arrays_.back().job = submit(number, cells.size());
  write_jobs();
  add_tasks(arrays_.back(), cells);
  poll_interval_ = options_.shortest_poll;
  next_poll_ = Clock::now() + poll_interval_;
}

std::vector<std::string> SlurmExecutor::submission(int array, std::size_t task_count) const {
  std::vector<std::string> command = {"sbatch",
                                      "--parsable",
                                      fmt::format("--array=0-{}", task_count - 1),
                                      "--nodes=1",
                                      "--ntasks=1",
                                      fmt::format("--cpus-per-task={}", options_.threads),
                                      "--no-requeue",  // run_study counts the attempts
                                      "--job-name=stapes-" + options_.results.filename().string(),
                                      "--chdir=" + folder().string(),
                                      "--output=" + log_pattern(folder(), array)};
  if (!options_.partition.empty()) command.push_back("--partition=" + options_.partition);
  command.push_back(script_of(array).string());
  return command;
}

// Waits for an unreachable controller only if it has answered before; otherwise the user has probably made a mistake.
std::string SlurmExecutor::submit(int array, std::size_t task_count) {
  while (true) {
    const ProgramEnd sbatch = slurm(submission(array, task_count));
    if (sbatch.status == 0) {
      has_answered_ = true;
      silent_since_.reset();
      return job_in(sbatch.output);
    }
    if (!has_answered_ || !is_unreachable(sbatch.output)) {
      if (!is_unreachable(sbatch.output)) {  // otherwise the job may have been accepted
        arrays_.pop_back();
        write_jobs();
      }
      throw Error("sbatch failed: {}; check `sinfo`, --partition and --threads", complaint_of(sbatch.output));
    }
    bear_silence(sbatch.output);
    std::this_thread::sleep_for(options_.shortest_poll);
    if (const std::string job = find_job(array); !job.empty()) return job;  // accepted; only the reply was lost
  }
}

void SlurmExecutor::add_tasks(const Array& array, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    tasks_[task_id(array.job, std::to_string(i))] = {.cell = cells[i]};
  }
}

void SlurmExecutor::adopt() {
  if (!fs::exists(folder() / "jobs.json")) return;
  read_jobs();
  for (Array& array : arrays_) {
    if (array.job.empty()) array.job = find_job(array.number);
    if (!array.job.empty()) add_tasks(array, lines_of(read_text_file(list_of(array.number))));
  }
  while (!look()) std::this_thread::sleep_for(options_.shortest_poll);
  for (const auto& [id, task] : tasks_) adopted_.push_back(task.cell);
}

void SlurmExecutor::read_jobs() {
  const fs::path file = folder() / "jobs.json";
  const json jobs = json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false);
  try {
    for (const json& row : jobs.at("arrays")) {
      arrays_.push_back({row.at("number").get<int>(), row.at("job").get<std::string>()});
      const std::string& job = arrays_.back().job;
      if (!job.empty() && !is_number(job)) throw Error("not a job number");
    }
  } catch (const std::exception&) {
    throw Error("{} is damaged; make sure that `squeue --me` lists no task of this study, then remove the file",
                file.string());
  }
}

void SlurmExecutor::write_jobs() const {
  json jobs = {{"arrays", json::array()}};
  for (const Array& array : arrays_) jobs["arrays"].push_back({{"number", array.number}, {"job", array.job}});
  write_text_file(folder() / "jobs.json", jobs.dump() + "\n", Existing::kReplace);
}

// The job with the script of `array`; empty if it was never submitted or has ended.
std::string SlurmExecutor::find_job(int array) {
  const auto ask = [] { return slurm({"squeue", "--noheader", "--me", "--format=%F %o"}); };
  ProgramEnd squeue = ask();
  for (; squeue.status != 0; squeue = ask()) {
    bear_silence(squeue.output);
    std::this_thread::sleep_for(options_.shortest_poll);
  }
  silent_since_.reset();
  for (const std::string& line : lines_of(squeue.output)) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && line.substr(space + 1) == script_of(array).string()) {
      return line.substr(0, space);
    }
  }
  return {};
}

std::optional<SlurmExecutor::States> SlurmExecutor::ask(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return States{};
  // All states, regardless of SQUEUE_STATES.
  const ProgramEnd squeue = slurm({"squeue", "--noheader", "--array", "--states=all", "--format=%F %K %t",
                                   fmt::format("--jobs={}", fmt::join(jobs, ","))});
  States states;
  if (squeue.status == 0) {
    for (const std::string& line : lines_of(squeue.output)) {
      std::istringstream words(line);
      std::string job, index, state;
      if (words >> job >> index >> state && !is_over(state)) states[task_id(job, index)] = state != "PD";
    }
    return states;
  }
  if (squeue.output.find("Invalid job id") == std::string::npos) {
    bear_silence(squeue.output);
    return {};
  }
  if (jobs.size() == 1) return states;  // Slurm has forgotten the job, which ended long ago
  for (const std::string& job : jobs) {
    const std::optional<States> one = ask({job});
    if (!one) return {};
    states.insert(one->begin(), one->end());
  }
  return states;
}

void SlurmExecutor::bear_silence(const std::string& answer) {
  if (!silent_since_) silent_since_ = Clock::now();
  if (Clock::now() - *silent_since_ < options_.patience) return;
  throw Error(
      "Slurm has not answered for {:.0f} s: {}; its jobs keep running; run the same command again to pick them up",
      std::chrono::duration<double>(options_.patience).count(), complaint_of(answer));
}

std::optional<std::vector<std::string>> SlurmExecutor::look() {
  std::vector<std::string> jobs;
  for (const auto& [id, task] : tasks_) {
    const std::string job = id.substr(0, id.find('_'));
    if (std::ranges::find(jobs, job) == jobs.end()) jobs.push_back(job);
  }
  const std::optional<States> states = ask(jobs);
  if (!states) return {};
  has_answered_ = has_answered_ || !jobs.empty();
  silent_since_.reset();
  std::vector<std::string> ended;
  for (auto& [id, task] : tasks_) {
    const auto state = states->find(id);
    task.running = state != states->end() && state->second;
    if (state == states->end()) ended.push_back(task.cell);
  }
  std::erase_if(tasks_, [&](const auto& entry) { return !states->contains(entry.first); });
  return ended;
}

std::vector<std::string> SlurmExecutor::ended() {
  if (tasks_.empty()) return {};
  std::this_thread::sleep_until(std::min(next_poll_, Clock::now() + 1s));
  if (Clock::now() < next_poll_) return {};
  std::vector<std::string> cells = look().value_or(std::vector<std::string>{});
  poll_interval_ = cells.empty() ? std::min(poll_interval_ * 5 / 4, options_.longest_poll) : options_.shortest_poll;
  next_poll_ = Clock::now() + poll_interval_;
  for (const std::string& cell : cells) {
    // For half a minute, NFS may hide files that other machines created. Opening the folder refreshes its cache.
    std::error_code absent;
    fs::directory_iterator(CellFolder(options_.results, cell).path(), absent);
  }
  return cells;
}

void SlurmExecutor::forget_ended_arrays() {
  std::erase_if(arrays_, [&](const Array& array) {
    const auto task = tasks_.lower_bound(array.job + "_");
    return array.job.empty() || task == tasks_.end() || !task->first.starts_with(array.job + "_");
  });
}

std::vector<std::string> SlurmExecutor::running() {
  std::vector<std::string> cells;
  for (const auto& [id, task] : tasks_) {
    if (task.running) cells.push_back(task.cell);
  }
  return cells;
}

void SlurmExecutor::stop() {
  if (tasks_.empty()) return;
  std::vector<std::string> command = {"scancel"};
  for (const auto& [id, task] : tasks_) command.push_back(id);
  const ProgramEnd scancel = slurm(command);
  if (scancel.status != 0) throw Error("scancel failed: {}", complaint_of(scancel.output));
  tasks_.clear();
}

}  // namespace stapes
