// SPDX-License-Identifier: Apache-2.0
// import_notices.h: what an import of files has to say, the same for every command that imports.
#pragma once

#include "cli/command.h"
#include "data/formats/import.h"

namespace stapes::cli {

// Prints on stderr the notes, unless --quiet, then skipped files and warnings.
void print_import_notices(const ImportReport& report, const Common& common);

}  // namespace stapes::cli
