// SPDX-License-Identifier: Apache-2.0
// names.h: names and texts of a model in C source. A model file may say anything in its labels and names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "packed/shapes.h"

namespace stapes {

// The prefix of everything exported. Throws UsageError unless it is an identifier of at most 40 letters, digits and
// single underscores that begins with a letter, no keyword of C or C++ and no name of a header that its own NAME.h
// would hide.
void check_export_name(const std::string& name);

// A name made of a file's: letters, digits and underscores. May still be refused by check_export_name().
std::string export_name_from(std::string_view file_stem);

// The same, or empty where check_export_name() would refuse it.
std::string valid_export_name_from(std::string_view text);

std::string upper_case(std::string_view name);

// A string literal of C and C++ with these bytes, quotes included.
std::string c_string(std::string_view text);

// One line of text for an indented block of a README: what is no printable ASCII becomes '?'.
std::string printable_line(std::string_view text);

// The same for a comment or a table, where what could end a comment, a table cell or a code span becomes '?', too.
std::string plain_text(std::string_view text);

// One identifier a layer, in small letters and digits: its name where that is one, starts with a letter and is no one
// else's; otherwise "layer" and its number.
std::vector<std::string> layer_identifiers(const fb::Model& model);

}  // namespace stapes
