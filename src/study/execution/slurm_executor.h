// SPDX-License-Identifier: Apache-2.0
// slurm_executor.h: runs cells as tasks of job arrays on a cluster that shares the results folder. Needs sbatch, squeue
// and scancel, but no accounting: the outcome of a cell is read from its folder.
//
//   RESULTS/slurm/jobs.json          unfinished arrays, for the next coordinator
//   RESULTS/slurm/array-K.txt, .sh   the cells of array K, one per line, and its job script
//   RESULTS/slurm/array-K_I.log      output of task I and Slurm's messages
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "study/execution/executor.h"

namespace stapes {

constexpr int kMaxSlurmTasks = 1000;  // per array; Slurm's default MaxArraySize is 1001

struct SlurmOptions {
  std::filesystem::path results;  // absolute
  std::filesystem::path stapes;   // the program
  std::string partition;          // empty: Slurm's default
  int threads = 1;                // per cell; also the CPUs requested for it
  int tasks = 100;                // maximum queued or running
  std::chrono::milliseconds shortest_poll{1000}, longest_poll{10'000};
  std::chrono::milliseconds patience{600'000};  // how long to wait if Slurm stops answering
};

class SlurmExecutor : public Executor {
 public:
  // Adopts the queued and running cells of an earlier coordinator. Throws UsageError if Slurm is not installed.
  explicit SlurmExecutor(SlurmOptions options);

  std::size_t capacity() override;
  void start(const std::vector<std::string>& cells) override;
  std::vector<std::string> ended() override;
  std::vector<std::string> adopted() override { return adopted_; }
  std::vector<std::string> running() override;
  void stop() override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Array {
    int number = 0;
    std::string job;  // empty: submission started, outcome unknown
  };
  struct Task {
    std::string cell;
    bool running = false;  // false: queued
  };
  using States = std::map<std::string, bool>;  // "JOB_INDEX" of a queued or running task -> whether it runs

  std::filesystem::path folder() const;
  std::filesystem::path list_of(int array) const;
  std::filesystem::path script_of(int array) const;

  std::string submit(int array, std::size_t task_count);
  std::vector<std::string> submission(int array, std::size_t task_count) const;
  void add_tasks(const Array& array, const std::vector<std::string>& cells);
  void adopt();
  void read_jobs();
  void write_jobs() const;

  std::optional<States> ask(const std::vector<std::string>& jobs);
  std::optional<std::vector<std::string>> look();  // cells of ended tasks; nullopt if Slurm does not answer
  std::string find_job(int array);
  void bear_silence(const std::string& answer);
  void forget_ended_arrays();

  SlurmOptions options_;
  std::vector<Array> arrays_;
  std::map<std::string, Task> tasks_;  // by "JOB_INDEX"
  std::vector<std::string> adopted_;
  std::chrono::milliseconds poll_interval_;
  Clock::time_point next_poll_;
  bool has_answered_ = false;
  std::optional<Clock::time_point> silent_since_;
};

}  // namespace stapes
