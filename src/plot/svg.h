// SPDX-License-Identifier: Apache-2.0
// svg.h: SVG elements for charts, readable on light and dark pages. No scripts, fonts or external references.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plot/axis.h"

namespace stapes {

enum class SvgUse {
  kFile,    // a standalone file with its own style sheet
  kInline,  // part of a page that includes svg_style() once; narrow enough for a phone
};

// All rules start with "svg", so the rest of a page is unaffected.
std::string svg_style();

std::string svg_escaped(std::string_view text);  // for text between tags

// Includes the title for screen readers; a file also gets its style sheet and background.
std::string svg_begin(SvgUse use, const std::string& title, double width, double height);

std::string text_at(double x, double y, const char* anchor, std::string_view text, const char* css_class = "");

// Width of 12 px text, estimated high because fonts differ.
double text_width(std::string_view text);

// At most `length` characters (UTF-8), ending in "…" if shortened.
std::string shortened(const std::string& text, std::size_t length);

// Attributes for the color of a series; colors repeat after 8 series.
std::string series_color(std::size_t series);

// An SVG path about 2 * `radius` across. Color and marker together distinguish 64 series.
std::string series_marker(std::size_t series, double x, double y, double radius);

struct PlotArea {
  double left = 0, top = 0, right = 0, bottom = 0;
};

std::string plot_frame(const PlotArea& area);
// Ticks outside the scale are omitted. `label_x`: position of the rotated label.
std::string y_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label,
                   double label_x);
std::string x_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label);

}  // namespace stapes
