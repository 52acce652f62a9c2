// SPDX-License-Identifier: Apache-2.0
#include "study/execution/cell_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "graph/weights_file.h"
#include "packed/model_file.h"
#include "runs/run_folder.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

struct Maker {
  const fs::path& results;
  const Cell& cell;
  const StudyData& data;
  std::string threads;

  fs::path run_of(const std::string& folder) const { return CellFolder(results, folder).run(); }

  void add_place(Arguments& arguments) const {
    arguments.insert(arguments.end(), {"--classes", cell.id.classes, "--fold", std::to_string(cell.id.fold), "--seed",
                                       std::to_string(cell.id.seed)});
  }

  Arguments train() const {
    const bool prunes = cell.training.front() == "prune";  // uses the data and fold of the run it starts from
    Arguments arguments = {cell.training.front(), prunes ? run_of(cell.start).string() : data.path.string()};
    if (prunes) {
      arguments.insert(arguments.end(), {"--seed", std::to_string(cell.id.seed)});
    } else {
      add_place(arguments);
    }
    arguments.insert(arguments.end(), cell.training.begin() + 1, cell.training.end());
    if (!cell.flash_like.empty()) {
      const std::int64_t bytes = CellFolder(results, cell.flash_like).result().file_bytes;
      arguments.insert(arguments.end(), {"--flash", std::to_string(bytes)});
    }
    if (!prunes && !cell.start.empty()) arguments.insert(arguments.end(), {"--init", run_of(cell.start).string()});
    if (!cell.teacher.empty()) arguments.insert(arguments.end(), {"--teacher", run_of(cell.teacher).string()});
    arguments.insert(arguments.end(), {"--threads", threads, "-o", run_of(cell.folder).string()});
    return arguments;
  }

  Arguments pack() const {
    const fs::path model = CellFolder(results, cell.folder).model();
    fs::path run = run_of(cell.training.empty() ? cell.start : cell.folder);
    if (cell.averaged) run /= kAveragedWeightsFileName;
    if (cell.form != Form::kInt8) return {"pack", run.string(), "-o", model.string()};
    Arguments arguments = {"quantize", run.string(), "--data", data.path.string()};
    add_place(arguments);
    arguments.insert(arguments.end(), cell.quantization.begin(), cell.quantization.end());
    const bool trains =
        std::find(cell.quantization.begin(), cell.quantization.end(), "--aware") != cell.quantization.end();
    if (trains) arguments.insert(arguments.end(), {"--threads", threads});
    arguments.insert(arguments.end(), {"-o", model.string()});
    return arguments;
  }
};

std::string shown(const Arguments& arguments, const fs::path& results, const StudyData& data) {
  std::string text = "stapes";
  std::string_view before;
  for (const std::string& argument : arguments) {
    std::string word = argument;
    if (word == data.path.string() || before == "--background") word = fs::path(word).filename().string();
    if (word.starts_with(results.string() + "/")) word.replace(0, results.string().size(), "RESULTS");
    text += " " + word;
    before = argument;
  }
  return text;
}

// False for an incomplete model, such as a full disk or a crash leaves behind.
bool is_whole(const fs::path& model) {
  if (!fs::exists(model)) return false;
  try {
    const ModelFile file(model);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

CellCommands commands_left(const fs::path& results, const Cell& cell, const StudyData& data, int threads) {
  const CellFolder folder(results, cell.folder);
  const Maker maker{results, cell, data, std::to_string(threads)};
  CellCommands left;
  if (!cell.training.empty() && !RunFolder::is_finished(folder.run())) {
    left.train = folder.is_training_begun() ? Arguments{"train", "--resume", folder.run().string()} : maker.train();
  }
  if (!left.train.empty() || !is_whole(folder.model())) left.pack = maker.pack();
  return left;
}

std::vector<std::string> commands_to_show(const fs::path& results, const Cell& cell, const StudyData& data,
                                          int threads) {
  const Maker maker{results, cell, data, std::to_string(threads)};
  std::vector<std::string> commands;
  if (!cell.training.empty()) commands.push_back(shown(maker.train(), results, data));
  commands.push_back(shown(maker.pack(), results, data));
  return commands;
}

}  // namespace stapes
