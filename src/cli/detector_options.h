// SPDX-License-Identifier: Apache-2.0
// detector_options.h: the options of a detector, shared by all commands that run or save a detector.
#pragma once

#include "cli/cli11.h"
#include "listen/host_detector.h"

namespace stapes::cli {

// `options` must outlive the command.
void add_detector_options(CLI::App& command, DetectorOptions& options);

}  // namespace stapes::cli
