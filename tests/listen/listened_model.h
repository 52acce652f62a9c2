// SPDX-License-Identifier: Apache-2.0
// listened_model.h: a small model and sound.
#pragma once

#include <memory>
#include <vector>

#include "listen/listener.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes::test {

inline std::shared_ptr<const HostModel> listened_model(const fb::ModelT& model = tiny_detector()) {
  return std::make_shared<const HostModel>(std::make_shared<const ModelFile>(serialize_model(model), "tiny"));
}

inline std::vector<float> noise(int samples, std::uint64_t seed = 3) { return TinyRandom(seed).floats(samples, 0.8); }

}  // namespace stapes::test
