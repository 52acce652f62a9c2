// SPDX-License-Identifier: Apache-2.0
#include "emulate/export_to_folder.h"

#include "emulate/measure_model.h"
#include "emulate/measured_section.h"
#include "export/names.h"

namespace stapes {

ExportedFolder export_to_folder(const ExportRequest& request) {
  const Target& target = find_target(request.target);
  const std::string name = request.name.empty() ? export_name_from(request.model.stem().string()) : request.name;
  check_export_name(name);
  refuse_own_input(request.output, {request.model});
  refuse_replacing_export(request.output, request.existing);
  const ModelFile file(request.model);
  ExportedFolder folder = export_model(file, target, name);
  if (request.measure) put_measured(folder, measured_section(file, measure_model(file, find_board(target.name), {})));
  write_export(folder, request.output, request.existing);
  return folder;
}

}  // namespace stapes
