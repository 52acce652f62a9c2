// SPDX-License-Identifier: Apache-2.0
#include "cli/import/import_notices.h"

namespace stapes::cli {

void print_import_notices(const ImportReport& report, const Common& common) {
  if (!common.quiet) {
    for (const std::string& note : report.notes) print_notice("note", note);
  }
  for (const SkippedFile& file : report.skipped) print_notice("skipped", file.reason);
  for (const std::string& warning : report.warnings) print_notice("warning", warning);
}

}  // namespace stapes::cli
