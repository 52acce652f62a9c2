// SPDX-License-Identifier: Apache-2.0
#include "study/results/study_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "graph/weights_file.h"
#include "stapes/version.h"

namespace stapes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char *kResult = "result.json", *kFailed = "failed.json", *kCell = "cell.json", *kAttempts = "attempts",
                     *kDataPath = "data.path", *kConfig = "config.json";

json read_json(const fs::path& path) {
  json parsed = json::parse(read_text_file(path), nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) throw Error("{} is damaged: expected a JSON object", path.string());
  return parsed;
}

std::string text_of(const json& object) { return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

void refuse_other_study(const fs::path& results, const StudyPlan& plan, const StudyData& data) {
  const json old = read_study_file(results);
  const std::string name = old.value("name", "");
  if (name != plan.name) {
    throw Error("{} holds study '{}', but the plan is named '{}'; choose another folder with -o", results.string(),
                name, plan.name);
  }
  const std::string hash = old.value("data_hash", "");
  if (hash != data.hash) {
    throw Error("{} holds results for different data (hash {}, but {} has {}); choose another folder with -o",
                results.string(), hash, data.path.string(), data.hash);
  }
}

}  // namespace

bool CellFolder::is_finished() const { return fs::exists(path_ / kResult); }
bool CellFolder::is_failed() const { return !is_finished() && fs::exists(path_ / kFailed); }
bool CellFolder::is_training_begun() const { return fs::exists(run() / kConfig); }

int CellFolder::training_threads() const {
  const fs::path file = run() / kConfig;
  const json config = read_json(file);
  if (!config.contains("threads") || !config["threads"].is_number_integer() || config["threads"] < 1) {
    throw Error("{} is damaged: expected a positive number of threads", file.string());
  }
  return config["threads"];
}

bool CellFolder::has_weights() const { return fs::exists(run() / kWeightsFileName); }

CellResult CellFolder::result() const {
  const fs::path file = path_ / kResult;
  return cell_result_from_json(read_json(file), file.string());
}

std::string CellFolder::failure() const {
  try {
    return read_json(path_ / kFailed).value("reason", "unknown");
  } catch (const std::exception&) {
    return "unknown: failed.json is damaged";
  }
}

int CellFolder::attempts() const {
  if (!fs::exists(path_ / kAttempts)) return 0;
  const std::string text = read_text_file(path_ / kAttempts);
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

Cell CellFolder::cell() const {
  const fs::path file = path_ / kCell;
  return cell_from_json(read_json(file), file.string());
}

void CellFolder::write_cell(const Cell& cell) const {
  fs::create_directories(path_);
  write_text_file(path_ / kCell, text_of(to_json(cell)), Existing::kReplace);
}

void CellFolder::begin_attempt() const { append_text(path_ / kAttempts, "begun\n"); }

void CellFolder::write_result(const CellResult& result) const {
  write_text_file(path_ / kResult, text_of(to_json(result)), Existing::kReplace);
  std::error_code absent;
  fs::remove(path_ / kFailed, absent);
}

void CellFolder::write_failure(const std::string& reason) const {
  write_text_file(path_ / kFailed, text_of({{"reason", reason}, {"attempts", attempts()}}), Existing::kReplace);
}

void CellFolder::forget_failure() const {
  for (const char* name : {kFailed, kAttempts}) {
    std::error_code absent;
    fs::remove(path_ / name, absent);
  }
}

void CellFolder::set_result_aside() const { fs::rename(path_ / kResult, path_ / "result.damaged"); }

json read_study_file(const fs::path& results) {
  const fs::path file = results / kStudyFile;
  if (!fs::exists(file)) throw Error("{} is not a study: it has no {}", results.string(), kStudyFile);
  json study = read_json(file);
  const json format = study.value("format", json());
  if (format != kStudyFormat) {
    throw Error("{} has format {}, but this version reads {}; use the version of Stapes that wrote it", file.string(),
                format.dump(), kStudyFormat);
  }
  return study;
}

InputKind kind_of_study(const json& study) {
  return study.value("images", false) ? InputKind::kImage : InputKind::kSound;
}

StudyData data_of_study(const fs::path& results) {
  const nlohmann::json study = read_study_file(results);
  return {read_text_file(results / kDataPath), study.value("data_hash", ""), kind_of_study(study)};
}

fs::path part_of_study(const fs::path& path, const fs::path& results) {
  for (const char* part : {kStudyFile, kDataPath, kStudyLock, kSlurmFolder, kCells}) {
    if (lies_in(path, results / part)) return results / part;
  }
  return {};
}

void write_study(const fs::path& results, const StudyPlan& plan, const StudyData& data,
                 const std::vector<Cell>& cells) {
  if (fs::exists(results / kStudyFile)) refuse_other_study(results, plan, data);
  json study = {{"format", kStudyFormat},
                {"name", plan.name},
                {"plan", plan.text},
                {"data", data.path.filename().string()},
                {"data_hash", data.hash},
                {"images", data.kind == InputKind::kImage},
                {"version", STAPES_VERSION_STRING},
                {"cells", json::array()},
                {"pairs", json::array()}};
  for (const Cell& cell : cells) {
    json row = to_json(cell.id);
    row["folder"] = cell.folder;
    study["cells"].push_back(std::move(row));
  }
  for (const PlanPair& pair : plan.pairs) {
    json row = {{"name", pair.name}, {"first", pair.first}, {"second", pair.second.front()}};
    if (pair.second.size() > 1) row["or"] = std::vector(pair.second.begin() + 1, pair.second.end());
    study["pairs"].push_back(std::move(row));
  }
  write_text_file(results / kDataPath, data.path.string(), Existing::kReplace);
  write_text_file(results / kStudyFile, text_of(study), Existing::kReplace);
}

}  // namespace stapes
