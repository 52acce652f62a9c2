// SPDX-License-Identifier: Apache-2.0
#include "study/execution/run_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "base/error.h"
#include "study/results/study_folder.h"

namespace stapes {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Throws Error if `result` does not match the plan's settings for `cell`.
void check_result(const CellResult& result, const Cell& cell, const std::string& data_hash) {
  for (const std::string& target : cell.targets) {
    const auto is_it = [&](const TargetCost& cost) { return cost.target == target; };
    if (std::ranges::none_of(result.targets, is_it)) throw Error("{} has no figures for {}", cell.folder, target);
  }
  if (result.published_epochs != cell.published_epochs) {
    throw Error("{} has a result for published_epochs = {}, but the plan has {}", cell.folder, result.published_epochs,
                cell.published_epochs);
  }
  if (result.data_hash != data_hash)
    throw Error("{} has a result from different data (hash {})", cell.folder, result.data_hash);
}

class Session {
 public:
  Session(const std::filesystem::path& results, const std::vector<Cell>& cells, const std::string& data_hash,
          Executor& executor, int attempts, const StudyObserver& observer)
      : results_(results),
        cells_(cells),
        data_hash_(data_hash),
        executor_(executor),
        attempts_(attempts),
        observer_(observer),
        states_(cells.size(), CellState::kWaiting),
        starts_(cells.size(), 0) {
    for (std::size_t i = 0; i < cells.size(); ++i) index_[cells[i].folder] = i;
  }

  StudyEnd run() {
    for (const std::string& cell : executor_.adopted()) {
      if (const auto found = index_.find(cell); found != index_.end()) states_[found->second] = CellState::kQueued;
    }
    look_at_what_is_there();
    while (true) {
      fail_children();
      start_what_is_ready();
      report();
      if (in_flight() == 0) break;
      for (const std::string& cell : executor_.ended()) conclude(cell);
      mark_running();
    }
    return {count(CellState::kFinished), count(CellState::kFailed)};
  }

 private:
  CellFolder folder(std::size_t i) const { return CellFolder(results_, cells_[i].folder); }

  std::size_t count(CellState state) const {
    return static_cast<std::size_t>(std::count(states_.begin(), states_.end(), state));
  }
  std::size_t in_flight() const { return count(CellState::kQueued) + count(CellState::kRunning); }

  void look_at_what_is_there() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (states_[i] != CellState::kWaiting) continue;  // started by an earlier coordinator
      const CellFolder at = folder(i);
      at.write_cell(cells_[i]);
      if (!at.is_finished()) {
        at.forget_failure();
        continue;
      }
      try {
        check_result(at.result(), cells_[i], data_hash_);
        states_[i] = CellState::kFinished;
      } catch (const Error& error) {
        observer_.message(fmt::format("{}; running the cell again", error.what()));
        at.set_result_aside();
      }
    }
    for (std::size_t i = cells_.size(); i-- > 0;) want_weights_of_parents(i);
  }

  // Marks finished parents for a rerun if their weights are gone. Call for children before parents, so that marks reach
  // all ancestors.
  void want_weights_of_parents(std::size_t i) {
    if (states_[i] == CellState::kFinished) return;
    for (const std::string& name : {cells_[i].start, cells_[i].teacher}) {
      if (name.empty()) continue;
      const std::size_t parent = index_.at(name);
      if (states_[parent] == CellState::kFinished && !folder(parent).has_weights())
        states_[parent] = CellState::kWaiting;
    }
  }

  // The states of the cell's parents.
  std::vector<CellState> waits_for(std::size_t i) const {
    std::vector<CellState> states;
    for (const std::string& name : parents_of(cells_[i])) states.push_back(states_[index_.at(name)]);
    return states;
  }

  bool is_ready(std::size_t i) const {
    const auto is_finished = [](CellState state) { return state == CellState::kFinished; };
    return states_[i] == CellState::kWaiting && std::ranges::all_of(waits_for(i), is_finished);
  }

  void fail_children() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const std::vector<CellState> parents = waits_for(i);
      if (states_[i] == CellState::kWaiting && std::ranges::count(parents, CellState::kFailed) > 0) {
        fail(i, "not run: a cell it depends on failed");
      }
    }
  }

  void start_what_is_ready() {
    std::vector<std::string> chosen;
    const std::size_t most = executor_.capacity();
    for (std::size_t i = 0; i < cells_.size() && chosen.size() < most; ++i) {
      if (!is_ready(i)) continue;
      chosen.push_back(cells_[i].folder);
      states_[i] = CellState::kQueued;
      ++starts_[i];
    }
    if (!chosen.empty()) executor_.start(chosen);
    mark_running();
  }

  void mark_running() {
    for (const std::string& cell : executor_.running()) {
      const auto found = index_.find(cell);
      if (found != index_.end() && states_[found->second] == CellState::kQueued)
        states_[found->second] = CellState::kRunning;
    }
  }

  void conclude(const std::string& cell) {
    const auto found = index_.find(cell);
    if (found == index_.end()) return;  // from an earlier plan
    const std::size_t i = found->second;
    const CellFolder at = folder(i);
    if (at.is_finished() && (cells_[i].training.empty() || at.has_weights())) {
      finish(i);
    } else if (at.is_failed()) {
      states_[i] = CellState::kFailed;
      observer_.message(fmt::format("FAILED {}: {}", cell, at.failure()));
    } else if (starts_[i] < attempts_) {
      states_[i] = CellState::kWaiting;
      observer_.message(fmt::format("{}: its process was killed; restarting the cell", cell));
    } else {
      fail(i, fmt::format("its process was killed on every attempt ({}); see {}", std::max(1, starts_[i]),
                          at.log().string()));
    }
  }

  void finish(std::size_t i) {
    try {
      const CellResult result = folder(i).result();
      states_[i] = CellState::kFinished;
      work_done_ += cells_[i].work;
      observer_.message(fmt::format("{}: {:.2f} %, {} bytes, {:.0f} s", describe(result.id), result.accuracy(),
                                    result.file_bytes, result.seconds));
    } catch (const Error& error) {
      fail(i, error.what());
    }
  }

  void fail(std::size_t i, const std::string& reason) {
    states_[i] = CellState::kFailed;
    try {
      folder(i).write_failure(reason);
    } catch (const Error& error) {  // e.g. a full disk; other cells may need less space
      observer_.message(error.what());
    }
    observer_.message(fmt::format("FAILED {}: {}", cells_[i].folder, reason));
  }

  void report() {
    double left = 0;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (states_[i] != CellState::kFinished && states_[i] != CellState::kFailed) left += cells_[i].work;
    }
    StudyProgress progress{cells_, states_, seconds_since(begun_), {}};
    if (work_done_ > 0) progress.seconds_left = left / work_done_ * progress.seconds;
    observer_.progress(progress);
  }

  const std::filesystem::path& results_;
  const std::vector<Cell>& cells_;
  const std::string& data_hash_;
  Executor& executor_;
  int attempts_;
  const StudyObserver& observer_;
  std::vector<CellState> states_;
  std::vector<int> starts_;  // in this session
  std::map<std::string, std::size_t> index_;
  Clock::time_point begun_ = Clock::now();
  double work_done_ = 0;
};

}  // namespace

std::size_t StudyProgress::count(CellState state) const {
  return static_cast<std::size_t>(std::count(states.begin(), states.end(), state));
}

StudyEnd run_study(const std::filesystem::path& results, const std::vector<Cell>& cells, const std::string& data_hash,
                   Executor& executor, int attempts, const StudyObserver& observer) {
  return Session(results, cells, data_hash, executor, attempts, observer).run();
}

}  // namespace stapes
