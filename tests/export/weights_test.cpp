// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "export/export_plan.h"
#include "export/exports.h"
#include "export/read_arrays.h"
#include "export/source_text.h"
#include "runtime/arena_layout.h"
#include "runtime/host_model.h"

namespace stapes::test {
namespace {

// The arrays of one layer in the model, by the last part of their names.
class ModelArrays {
 public:
  ModelArrays(const ExportPlan& exported, std::size_t i)
      : layer_(*exported.window_plan().model->layers()->Get(static_cast<std::uint32_t>(i))),
        constants_prepared_(exported.layers()[i].call.prepares_constants) {
    const ExecutionPlan& plan = exported.window_plan();
    const ConvShape shape = shape_run(plan, i);
    const std::size_t prepared = conv_prepared_bytes(*plan.model, layer_, shape, plan.variant[i]);
    if (prepared > 0) add_prepared(plan, i, shape, prepared);
    prepared_ = prepared > 0;
  }

  std::map<std::string, Bytes> all() {
    if (const auto* op = layer_.op_as_ConvF32()) add(*op);
    if (const auto* op = layer_.op_as_ConvI8()) add(*op);
    if (const auto* op = layer_.op_as_ConvPcm()) add_binary(*op);
    if (const auto* op = layer_.op_as_ConvBits()) add_binary(*op);
    if (const auto* op = layer_.op_as_LinearF32()) add(*op);
    if (const auto* op = layer_.op_as_LinearI8()) add(*op);
    if (const auto* op = layer_.op_as_LinearI8Once()) add(*op);
    if (const auto* op = layer_.op_as_LinearI16()) add(*op);
    if (const auto* op = layer_.op_as_AddI32()) {
      put("a_multiplier", op->multiplier_a());
      put("b_multiplier", op->multiplier_b());
    }
    if (const auto* op = layer_.op_as_Threshold()) add_thresholds(*op->thresholds());
    return arrays_;
  }

 private:
  template <class T>
  void put(const char* name, const flatbuffers::Vector<T>* values) {
    if (values != nullptr && values->size() > 0) {
      arrays_[name] = bytes_of(std::span<const T>(values->data(), values->size()));
    }
  }
  template <class Op>
  void add(const Op& op) {
    if (!prepared_) put("weights", op.weights());
    if (constants_prepared_) return;
    put("bias", op.bias());
    if constexpr (requires { op.multiplier(); }) {
      put("multiplier", op.multiplier());
      put("shift", op.shift());
    }
    if constexpr (std::is_same_v<Op, fb::ConvI8>) {
      if (op.thresholds() != nullptr) add_thresholds(*op.thresholds());
      if (op.sparse() != nullptr && !prepared_) add_sparse(*op.sparse());
    }
  }
  template <class Op>
  void add_binary(const Op& op) {
    if (!prepared_) put("weights", op.weights());
    if (op.thresholds() != nullptr) add_thresholds(*op.thresholds());
  }
  void add_thresholds(const fb::Thresholds& t) {
    put("threshold", t.threshold());
    put("falling", t.falling());
  }
  void add_sparse(const fb::SparseWeights& sparse) {
    put("entries", sparse.entries());
    put("gaps", sparse.gaps());
    put("values", sparse.values());
  }
  void add_prepared(const ExecutionPlan& plan, std::size_t i, const ConvShape& shape, std::size_t bytes) {
    const AlignedBytes memory = allocate_aligned(bytes);
    std::fill_n(memory.get(), bytes, std::byte{0});
    prepare_conv(*plan.model, layer_, shape, plan.variant[i], memory.get());
    arrays_["prepared"].assign(memory.get(), memory.get() + bytes);
    arrays_["prepared"].resize((bytes + 3) / 4 * 4);
  }

  const fb::Layer& layer_;
  bool constants_prepared_, prepared_ = false;
  std::map<std::string, Bytes> arrays_;
};

void expect_all_arrays(const fb::ModelT& model, const Target& target) {
  const ModelFile file = model_file(model);
  const ExportPlan plan(file, target, "net", "stapes");
  const auto written = read_arrays(weights_source(plan));
  std::size_t count = 0, bytes = 0;
  for (std::size_t i = 0; i < plan.layers().size(); ++i) {
    for (const auto& [name, want] : ModelArrays(plan, i).all()) {
      const std::string full = plan.layers()[i].id + "_" + name;
      ASSERT_TRUE(written.contains(full)) << full;
      EXPECT_EQ(written.at(full), want) << full;
      ++count;
      bytes += want.size();
    }
  }
  EXPECT_EQ(written.size(), count);
  EXPECT_EQ(plan.weight_bytes(), bytes);
}

class WeightsFile : public testing::TestWithParam<const char*> {};

TEST_P(WeightsFile, KeepsItsConstants) {
  const fb::ModelT model = tiny_model(GetParam());
  for (const Target& target : all_targets()) {
    const std::string route = GetParam();
    if (!target.has_fpu && (route.ends_with("fp32") || route == "kept")) continue;
    SCOPED_TRACE(target.name);
    expect_all_arrays(model, target);
  }
}

TEST_P(WeightsFile, KeepsPreparedWeightsAndOnlyThose) {
  // An instruction set of every build for this processor, with kernels that repack weights.
#if defined(__x86_64__)
  const Isa isa = Isa::kAvx2;
#else
  const Isa isa = Isa::kNeon;
#endif
  Target target = find_target("host");
  target.isa = isa;
  expect_all_arrays(tiny_model(GetParam()), target);
  const ModelFile file = model_file(tiny_model(GetParam()));
  const auto written = read_arrays(weights_source(ExportPlan(file, target, "net", "stapes")));
  const std::string model = GetParam();
  const std::string layer = model.starts_with("grouped")    ? "conv3"  // without groups
                            : model.starts_with("residual") ? "block1conv1"
                                                            : "conv2";
  EXPECT_TRUE(written.contains(layer + "_prepared"));
  EXPECT_FALSE(written.contains(layer + "_weights"));
}

INSTANTIATE_TEST_SUITE_P(Routes, WeightsFile,
                         testing::Values("fp32", "int8", "int8_input", "kept", "sparse", "xnor", "mixed",
                                         "grouped_fp32", "grouped_int8", "grouped_xnor", "padded_fp32", "padded_int8",
                                         "padded_xnor", "softmax", "logistic", "rounded_once", "residual_fp32",
                                         "residual_int8", "residual_xnor"));

}  // namespace
}  // namespace stapes::test
