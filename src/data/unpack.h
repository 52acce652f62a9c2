// SPDX-License-Identifier: Apache-2.0
// unpack.h: writes the clips of a data set as WAV files.
#pragma once

#include <cstddef>
#include <filesystem>

#include "base/files.h"
#include "data/data_set.h"

namespace stapes {

// A folder with this file may be replaced.
inline constexpr const char* kUnpackedListName = "clips.csv";

// Writes each clip as LABEL-CLASS/NUMBER-NAME.wav, and a list with the columns file, name, class, source, fold.
// Characters unsafe in a file name become '_'. Writes the whole folder or nothing. Returns the number of clips.
//   fold  the fold to write; 0 = all
// Throws UsageError for clips that are not sound and for a fold without clips; Error if the folder cannot be written.
std::size_t unpack_data_set(const DataSet& data, int fold, const std::filesystem::path& out, Existing existing);

}  // namespace stapes
