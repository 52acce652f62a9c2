// SPDX-License-Identifier: Apache-2.0
// names.h: makes a model's names and texts safe in C source. Labels and layer names in a model file may be any text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packed/shapes.h"

namespace stapes {

// Checks the prefix of all exported names. Throws UsageError unless it begins with a letter and has at most 40 letters,
// digits and single underscores. It must not be a keyword of C or C++, a target of the build files, or the name of a
// header that NAME.h would hide.
void check_export_name(const std::string& name);

// A name made from a file's name: letters, digits and underscores. May still be refused by check_export_name().
std::string export_name_from(std::string_view file_stem);

// The same, or empty if check_export_name() would refuse it.
std::string valid_export_name_from(std::string_view text);

std::string upper_case(std::string_view name);

// A string literal of C and C++ with these bytes, quotes included.
std::string c_string(std::string_view text);

// One line of text for an indented block of a README: anything but printable ASCII becomes '?'.
std::string printable_line(std::string_view text);

// The same for a comment or a table: characters that could end a comment, a table cell or a code span also become '?'.
std::string plain_text(std::string_view text);

// One identifier per layer, in lower-case letters and digits: its name if that is unique, valid and starts with a
// letter; otherwise "layer" and its number.
std::vector<std::string> layer_identifiers(const fb::Model& model);

}  // namespace stapes
