// SPDX-License-Identifier: Apache-2.0
#include "emulate/export_to_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "emulate/board.h"
#include "emulate/measure_model.h"
#include "emulate/measured_section.h"
#include "export/names.h"

namespace stapes {

ExportedFolder export_to_folder(const ExportRequest& request) {
  const std::string target_name = request.target.empty() ? usual_target(request.package.package) : request.target;
  if (target_name.empty()) {
    throw UsageError("--package {} has no default target; pass --target {}", to_string(request.package.package),
                     alternatives(target_names()));
  }
  const Target& target = find_target(target_name);
  const std::string name = request.name.empty() ? export_name_from(request.model.stem().string()) : request.name;
  check_export_name(name);
  refuse_own_input(request.output, {request.model});
  refuse_replacing_export(request.output, request.existing);
  const ModelFile file(request.model);
  ExportedFolder folder = export_model(file, target, name, request.package);
  if (request.measure) put_measured(folder, measured_section(file, measure_model(file, find_board(target.name), {})));
  write_export(folder, request.output, request.existing);
  return folder;
}

std::vector<std::string> warnings_of(const ExportedFolder& folder) {
  const Board* board = board_called(folder.target);
  if (board == nullptr || board->product.empty()) return {};
  std::vector<std::string> warnings;
  const auto compare = [&](const char* what, std::size_t bytes, const char* memory, std::int64_t available) {
    if (bytes <= static_cast<std::size_t>(available)) return;
    warnings.push_back(fmt::format("{} of {} bytes will not fit in the {} of the {} ({} bytes)", what, bytes, memory,
                                   board->product, available));
  };
  compare("constants", folder.weight_bytes, "flash", board->flash_bytes);
  compare("an arena", std::max(folder.arena_bytes, folder.stream_arena_bytes), "RAM", board->ram_bytes);
  return warnings;
}

}  // namespace stapes
