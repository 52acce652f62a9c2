// SPDX-License-Identifier: Apache-2.0
// detector_options.h: the command-line options of a detector.
#pragma once

#include "cli/cli11.h"
#include "listen/host_detector.h"

namespace stapes::cli {

// `options` must outlive the command.
void add_detector_options(CLI::App& command, DetectorOptions& options);

}  // namespace stapes::cli
