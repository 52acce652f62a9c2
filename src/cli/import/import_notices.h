// SPDX-License-Identifier: Apache-2.0
// import_notices.h: the messages after an import, the same for every import command.
#pragma once

#include "cli/command.h"
#include "data/formats/import.h"

namespace stapes::cli {

// Prints on stderr the notes (unless --quiet), then skipped files and warnings.
void print_import_notices(const ImportReport& report, const Common& common);

}  // namespace stapes::cli
