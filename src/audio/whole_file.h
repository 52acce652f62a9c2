// SPDX-License-Identifier: Apache-2.0
// whole_file.h: was this file cut short? libsndfile quietly shortens what most headers declare to what is there.
// docs/adding-a-data-set.md has the rule of each container.
#pragma once

#include <string>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

// Throws Error naming the file when it has fewer bytes than its header declares, when a stream ends inside a page or a
// frame, or when the header itself is cut. A length that its writer never filled in is made right in `file`.
// What is only doubtful is added to `warnings`, each with the name of the file.
// `file` is anything but MPEG audio that does not lie in a WAV.
void require_whole(ByteSource& file, const std::string& name, std::vector<std::string>& warnings);

}  // namespace stapes
