// SPDX-License-Identifier: Apache-2.0
// import_notices.h: messages after an import.
#pragma once

#include "cli/command.h"
#include "data/formats/import.h"

namespace stapes::cli {

// Prints notes (unless --quiet), skipped files and warnings on stderr.
void print_import_notices(const ImportReport& report, const Common& common);

}  // namespace stapes::cli
