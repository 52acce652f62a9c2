#include "network/lineage.h"

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {

std::optional<Lineage> read_lineage(const std::string& provenance) {
  const auto json = nlohmann::json::parse(provenance, nullptr, /*allow_exceptions=*/false);
  try {
    return Lineage{json.at("data_hash"), json.at("classes"), json.at("test_fold")};
  } catch (const nlohmann::json::exception&) {
    return {};  // no JSON, no object, a key that is missing or of another type
  }
}

void refuse_leak(const std::optional<Lineage>& ancestor, const Lineage& own, const std::string& role) {
  if (!ancestor || ancestor->data_hash != own.data_hash || ancestor->test_fold == own.test_fold) return;
  throw UsageError("{} was trained with fold {} held out, so it has seen the clips of test fold {}; use --fold {}",
                   role, ancestor->test_fold, own.test_fold, ancestor->test_fold);
}

}  // namespace stapes
