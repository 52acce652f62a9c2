// SPDX-License-Identifier: Apache-2.0
// names.h: makes a model's names and texts safe in C source. A model file may contain any text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packed/shapes.h"

namespace stapes {

// Checks the prefix of all exported names: up to 40 letters, digits and single underscores, starting with a letter.
// Throws UsageError for other names, keywords of C or C++ and targets of the build files, and if NAME.h would hide a
// system header.
void check_export_name(const std::string& name);

// A name of letters, digits and underscores, which check_export_name() may still refuse.
std::string export_name_from(std::string_view file_stem);

// The same, or empty if check_export_name() would refuse it.
std::string valid_export_name_from(std::string_view text);

std::string upper_case(std::string_view name);

// A string literal of C and C++ with these bytes, quotes included.
std::string c_string(std::string_view text);

// One line of printable ASCII; other characters become '?'.
std::string printable_line(std::string_view text);

// The same. Also replaces characters that could end a comment, a table cell or a code span.
std::string plain_text(std::string_view text);

// One identifier per layer, in lower-case letters and digits: the layer's name if unique and valid, otherwise "layer"
// and its number.
std::vector<std::string> layer_identifiers(const fb::Model& model);

}  // namespace stapes
