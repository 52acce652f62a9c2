// SPDX-License-Identifier: Apache-2.0
#include "export/self_test_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "export/device/self_test_sample.h"
#include "runtime/arena_layout.h"
#include "runtime/host_model.h"

namespace stapes {
namespace {

class Checksums : public LayerObserver {
 public:
  explicit Checksums(const fb::Model& model) : model_(model), sums_(model.layers()->size(), kFnvStart) {}

  void layer_output(int layer, const void* values, std::size_t count) noexcept override {
    const auto i = static_cast<std::uint32_t>(layer);
    const fb::DType dtype = output_tensor(model_, *model_.layers()->Get(i)).dtype();
    const std::size_t value_bytes = dtype == fb::DType::kBits ? 4 : element_bytes(dtype);
    sums_[i] = fnv1a(sums_[i], values, count * value_bytes);
  }
  std::vector<std::uint32_t> take() { return std::move(sums_); }

 private:
  const fb::Model& model_;
  std::vector<std::uint32_t> sums_;
};

template <class Score>
std::vector<Score> scores_at(const std::byte* from, const fb::Tensor& tensor) {
  std::vector<Score> scores(static_cast<std::size_t>(tensor.channels()));
  std::memcpy(scores.data(), from, scores.size() * sizeof(Score));
  return scores;
}

std::vector<std::int32_t> integer_scores(const std::byte* scores, const fb::Tensor& tensor) {
  if (tensor.dtype() == fb::DType::kI32) return scores_at<std::int32_t>(scores, tensor);
  std::vector<std::int32_t> values;
  for (const std::int8_t score : scores_at<std::int8_t>(scores, tensor)) values.push_back(score - tensor.zero_point());
  return values;
}

std::vector<std::int16_t> self_test_window(const fb::Model& model) {
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(model.window_samples()));
  for (std::uint32_t i = 0; i < pcm.size(); ++i) pcm[i] = self_test_sample(i);
  return pcm;
}

}  // namespace

SelfTestVectors self_test_vectors(const ExportPlan& exported) {
  const fb::Model& model = exported.model();
  ExecutionPlan plan = exported.window_plan();
  const Status planned = lay_out(Cpu::scalar(), plan);  // the same bands, but the scalar kernels
  if (planned != Status::kOk) throw Error("cannot run the self-test here: {}", to_string(planned));
  const AlignedBytes arena = allocate_aligned(plan.arena_bytes);
  plan.arena = arena.get();
  const std::vector<std::int16_t> pcm = self_test_window(model);
  std::vector<float> logits(static_cast<std::size_t>(last_tensor(model).channels()));
  Checksums checksums(model);
  execute(plan, {.pcm = pcm.data()}, logits.data(), &checksums);
  const std::byte* scores = plan.tensor(model.layers()->Get(model.layers()->size() - 1)->output());
  SelfTestVectors vectors{.checksums = checksums.take(), .integer_scores = {}, .float_scores = {}};
  if (exported.has_float_scores()) {
    vectors.float_scores = scores_at<float>(scores, last_tensor(model));
    const bool finite = std::ranges::all_of(vectors.float_scores, [](float score) { return std::isfinite(score); });
    if (!finite) throw Error("the model's scores for the self-test input are not finite");
  } else {
    vectors.integer_scores = integer_scores(scores, last_tensor(model));
  }
  return vectors;
}

std::uint32_t fnv1a(std::uint32_t sum, const void* bytes, std::size_t count) {
  const auto* byte = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < count; ++i) sum = (sum ^ byte[i]) * 16777619u;
  return sum;
}

}  // namespace stapes
