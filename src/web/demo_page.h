// SPDX-License-Identifier: Apache-2.0
// demo_page.h: a self-contained page that runs a packed model in a browser.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "listen/host_detector.h"

namespace stapes {

// A figure to show next to the model.
struct DemoFigure {
  std::string name, value;
  std::string evidence;  // "measured on a Cortex-M4", "counted"
};

// Throws Error if this program was built without STAPES_WEB.
void require_page_module();

// The page starts with the settings stored in the model. It shows `measured` before the figures counted from the model.
std::string demo_page(const HostDetector& detector, const std::string& title, std::span<const DemoFigure> measured);

}  // namespace stapes
