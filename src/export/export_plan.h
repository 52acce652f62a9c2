// SPDX-License-Identifier: Apache-2.0
// export_plan.h: all decisions about an export, made before writing any text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "export/kernel_call.h"
#include "export/pcm_steps.h"
#include "export/target.h"
#include "packed/model_file.h"
#include "runtime/execution_plan.h"

namespace stapes {

struct ExportedLayer {
  std::string id;  // in source: "conv3"
  KernelCall call;
  std::string shape;    // name of its shape constant, shared by layers of equal shape
  bool in_band;         // runs a few rows at a time
  int rows_over_input;  // output rows per call if it may overwrite its input; 0: all
  std::size_t output_row_bytes;
};

// Interleaved layers first .. last.
struct ExportedStep {
  std::size_t first, last;
  bool is_band() const { return last > first; }
};

// columns = 0: no front end.
struct ExportedFrontEnd {
  std::int32_t columns = 0;
  std::int32_t step_samples = 0, slice_samples = 0;
  std::size_t column_bytes = 0;
};

class ExportPlan {
 public:
  // `kernel_namespace`: see kernel_text.h. Throws Error naming the first layer that the target cannot run.
  ExportPlan(const ModelFile& file, const Target& target, const std::string& name, const std::string& kernel_namespace);

  const fb::Model& model() const { return *plan_.model; }
  const Target& target() const { return target_; }
  const std::string& name() const { return name_; }
  const std::string& upper_name() const { return upper_name_; }
  const std::string& kernel_namespace() const { return kernel_namespace_; }
  const ExecutionPlan& window_plan() const { return plan_; }       // for run
  const ExecutionPlan& stream_plan() const { return streaming_; }  // for push: the front end's buffers outlast a window
  const std::vector<ExportedLayer>& layers() const { return layers_; }
  const std::vector<ExportedStep>& steps() const { return steps_; }  // after the front end
  const ExportedFrontEnd& front_end() const { return front_end_; }
  bool streams() const { return front_end_.columns > 0; }
  bool takes_features() const { return model().features(); }
  // Whether a program can write its input into the arena, which then holds the whole input unconverted.
  bool has_input_in_arena() const { return takes_features() && !streams(); }
  bool has_float_scores() const { return last_tensor(model()).dtype() == fb::DType::kF32; }
  std::size_t stream_arena_bytes() const { return streams() ? streaming_.arena_bytes : 0; }
  std::size_t weight_bytes() const;  // all constants of the layers
  // Converts PCM to an int8 input; empty for other inputs.
  const PcmStepTable& pcm_table() const { return pcm_steps_; }
  const fb::Tensor& input() const { return *model().tensors()->Get(0); }

  // The identifier of the layer that makes the tensor; "input" for tensor 0.
  std::string tensor_id(std::int32_t tensor) const;
  std::vector<std::string> input_ids(std::size_t layer) const;  // two for an addition

 private:
  Target target_;
  std::string name_, upper_name_, kernel_namespace_;
  ExecutionPlan plan_, streaming_;
  std::vector<ExportedLayer> layers_;
  std::vector<ExportedStep> steps_;
  ExportedFrontEnd front_end_;
  PcmStepTable pcm_steps_{};
};

}  // namespace stapes
