// SPDX-License-Identifier: Apache-2.0
// svg.h: what the charts of this folder share: SVG text that is readable on light and on dark pages. No script, no
// font, no reference to anything outside.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plot/axis.h"

namespace stapes {

enum class SvgUse {
  kFile,    // a file of its own: brings its style sheet
  kInline,  // part of a page that has svg_style() once; narrow, so that a phone shows it at a readable size
};

// The rules of the style sheet; all begin with "svg", so that they leave the rest of a page alone.
std::string svg_style();

std::string svg_escaped(std::string_view text);  // for text between tags

// The element's start, its title (what a screen reader says) and, in a file, style sheet and background.
std::string svg_begin(SvgUse use, const std::string& title, double width, double height);

std::string text_at(double x, double y, const char* anchor, std::string_view text, const char* css_class = "");

// About how wide a text of 12 px is drawn; fonts differ, so it is on the wide side.
double text_width(std::string_view text);

// At most `length` characters (of UTF-8), the last of them "…" where some were left out.
std::string shortened(const std::string& text, std::size_t length);

// Attributes that give an element the colour of a series: 8 colours, then again from the first.
std::string series_colour(std::size_t series);

// A series' marker of about 2 `radius` across, an SVG path. Together with the colour 64 series can be told apart.
std::string series_marker(std::size_t series, double x, double y, double radius);

// Where the data are drawn.
struct PlotArea {
  double left = 0, top = 0, right = 0, bottom = 0;
};

std::string plot_frame(const PlotArea& area);
// Grid lines, numbers and the name of an axis; ticks that the scale does not show are left out. `label_x`: where the
// rotated name stands.
std::string y_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label,
                   double label_x);
std::string x_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label);

}  // namespace stapes
