// SPDX-License-Identifier: Apache-2.0
// demo_page.h: a page that runs a packed model in a browser. It holds all it needs and loads nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "listen/host_detector.h"

namespace stapes {

// A figure that is known of a model, to be shown next to it.
struct DemoFigure {
  std::string name, value;
  std::string evidence;  // "measured on a Cortex-M4", "counted"
};

// Throws Error if this program was built without STAPES_WEB.
void require_page_module();

// `detector` holds the model and checked that it can listen; the page starts with the settings stored in the model.
// `measured` comes before the figures that are counted from the model.
std::string demo_page(const HostDetector& detector, const std::string& title, std::span<const DemoFigure> measured);

}  // namespace stapes
