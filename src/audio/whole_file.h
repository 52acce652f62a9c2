// SPDX-License-Identifier: Apache-2.0
// whole_file.h: detects truncated files, since libsndfile silently reduces most declared lengths. Rules for each
// container: docs/guides/adding-a-data-set.md.
#pragma once

#include <string>
#include <vector>

#include "audio/byte_source.h"

namespace stapes {

// Throws Error naming the file if the header is truncated or declares more bytes than there are, or if a stream ends
// inside a page or frame. Corrects lengths in `file` that were never filled in. Adds a warning in doubtful cases. Not
// for MPEG audio outside a WAV.
void require_whole(ByteSource& file, const std::string& name, std::vector<std::string>& warnings);

}  // namespace stapes
