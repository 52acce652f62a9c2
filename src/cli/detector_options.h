// SPDX-License-Identifier: Apache-2.0
// detector_options.h: the settings of a detector, the same for every command that has one.
#pragma once

#include "cli/cli11.h"
#include "listen/host_detector.h"

namespace stapes::cli {

// `options` must outlive the command.
void add_detector_options(CLI::App& command, DetectorOptions& options);

}  // namespace stapes::cli
