// SPDX-License-Identifier: Apache-2.0
// writer.h: writes packed models. Host only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "packed/model_file.h"
#include "packed/shapes.h"

namespace stapes {

// Returns header and FlatBuffer. Throws Error naming the layer if the reader refuses the result.
std::vector<std::byte> serialize_model(const fb::ModelT& model);

// Packs and checks `model` in memory. Messages call it `name`.
std::shared_ptr<const ModelFile> packed_in_memory(const fb::ModelT& model, const std::string& name);

// serialize_model() without the check, for tests of the reader.
std::vector<std::byte> serialize_unchecked(const fb::ModelT& model);

void write_model(const std::filesystem::path& path, const fb::ModelT& model, Existing existing);

// Copies through the serialized form, because generated tables cannot be copied.
fb::ModelT copy_model(const fb::ModelT& model);

}  // namespace stapes
