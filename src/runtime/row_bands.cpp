#include "runtime/row_bands.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "runtime/conv_rows.h"
#include "runtime/execution_plan.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

// One layer of a band, and how far it has come.
struct Stage {
  int layer = 0;
  const fb::Tensor *input = nullptr, *output = nullptr;
  const std::byte* from = nullptr;
  std::byte* to = nullptr;
  ConvShape shape{};              // of the whole layer; all 0 for a swap
  std::optional<BoundConv> conv;  // none: a swap
  Rows held;                      // rows of the output that are there; of the band's last layer, all made
};

// A band while it runs.
class Band {
 public:
  Band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer)
      : stages_(stage_array_.begin(), last - first + 1), observer_(observer) {
    for (std::size_t i = first; i <= last; ++i) bind(plan, i, stages_[i - first]);
  }

  void run() {
    while (stages_.back().held.end < stages_.back().output->height()) {
      const std::size_t next = next_to_run();
      make(next, rows_to_make(next));
    }
  }

 private:
  static void bind(const ExecutionPlan& plan, std::size_t i, Stage& stage) {
    const fb::Model& model = *plan.model;
    const fb::Layer& layer = *model.layers()->Get(static_cast<std::uint32_t>(i));
    stage.layer = static_cast<int>(i);
    stage.input = &input_tensor(model, layer);
    stage.output = &output_tensor(model, layer);
    stage.from = plan.tensor(layer.inputs()->Get(0));
    stage.to = plan.tensor(layer.output());
    if (layer.op_type() == fb::Operator::Swap) return;
    stage.shape = layer_shape(model, layer);
    stage.conv.emplace(model, layer, stage.shape, plan.kernel(i), plan.scratch(i));
  }

  // What the next row of a stage sees.
  Rows seen_next(std::size_t i) const {
    return rows_seen(stages_[i].shape, {stages_[i].held.end, stages_[i].held.end + 1});
  }

  // The last layer that can make a row: what the row sees is there.
  std::size_t next_to_run() const {
    std::size_t i = stages_.size() - 1;
    while (i > 0 && stages_[i - 1].held.end < seen_next(i).end) --i;
    return i;
  }

  // The first layer has its whole input and makes all that the next one waits for; of the others' input there is just
  // enough for one row.
  Rows rows_to_make(std::size_t i) const {
    const std::int32_t made = stages_[i].held.end;
    return {made, i == 0 ? seen_next(1).end : made + 1};
  }

  void make(std::size_t i, Rows rows) {
    Stage& stage = stages_[i];
    std::byte* to = stage.to + static_cast<std::size_t>(stage.held.count()) * row_bytes(*stage.output);
    if (stage.conv) {
      const std::int32_t row = rows_seen(stage.shape, rows).first, before = i == 0 ? row : row - stages_[i - 1].held.first;
      const std::byte* from = stage.from + static_cast<std::size_t>(before) * row_bytes(*stage.input);
      (*stage.conv)(shape_of_rows(stage.shape, rows), from, to);
    } else {
      run_swap_rows(*stage.input, rows, stage.from, to);
    }
    if (observer_ != nullptr) {
      const std::int64_t positions = std::int64_t{rows.count()} * stage.output->width();
      observer_->layer_output(stage.layer, to, value_count(*stage.output, positions));
    }
    stage.held.end = rows.end;
    if (i > 0) drop_before(stages_[i - 1], seen_next(i).first);
  }

  // Forgets the rows of a stage's output above `row`.
  static void drop_before(Stage& stage, std::int32_t row) {
    const Rows kept{row, std::max(row, stage.held.end)};
    const std::size_t bytes = row_bytes(*stage.output);
    std::memmove(stage.to, stage.to + static_cast<std::size_t>(row - stage.held.first) * bytes,
                 static_cast<std::size_t>(kept.count()) * bytes);
    stage.held = kept;
  }

  std::array<Stage, kMostBandLayers> stage_array_;
  std::span<Stage> stages_;  // of the array; those that are used
  LayerObserver* observer_;
};

// Of a convolution: every row it makes has some rows of its input under it.
bool sees_no_padding_alone(const fb::Window* w) { return w != nullptr && w->pad_h() < w->kernel_h(); }

}  // namespace

bool can_hold_rows(const fb::Model& model, std::size_t layer) noexcept {
  if (layer + 1 >= model.layers()->size()) return false;
  const fb::Layer& maker = *model.layers()->Get(static_cast<std::uint32_t>(layer));
  const fb::Layer& reader = *model.layers()->Get(static_cast<std::uint32_t>(layer + 1));
  const fb::Window* window = layer_window(reader);
  const bool made_in_rows = sees_no_padding_alone(layer_window(maker)) || maker.op_type() == fb::Operator::Swap;
  return made_in_rows && sees_no_padding_alone(window) && window->stride_h() <= window->kernel_h() &&
         reader.inputs()->Get(0) == maker.output() && count_uses(model, maker.output()) == 1;
}

void run_band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer) noexcept {
  Band(plan, first, last, observer).run();
}

}  // namespace stapes
