#include "runtime/row_bands.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "packed/limits.h"
#include "runtime/conv_rows.h"
#include "runtime/execution_plan.h"
#include "runtime/layer_runner.h"

namespace stapes {
namespace {

// A band while it runs.
class Band {
 public:
  Band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer)
      : plan_(plan), first_(first), last_(last), observer_(observer) {}

  void run() {
    while (held_[last_].end < output(last_).height()) {
      const std::size_t next = next_to_run();
      make(next, rows_to_make(next));
    }
  }

 private:
  const fb::Layer& layer(std::size_t i) const { return *plan_.model->layers()->Get(static_cast<std::uint32_t>(i)); }
  const fb::Tensor& input(std::size_t i) const { return input_tensor(*plan_.model, layer(i)); }
  const fb::Tensor& output(std::size_t i) const { return output_tensor(*plan_.model, layer(i)); }

  Rows seen(std::size_t i, Rows made) const { return rows_seen(layer_shape(*plan_.model, layer(i)), made); }
  Rows seen_next(std::size_t i) const { return seen(i, {held_[i].end, held_[i].end + 1}); }

  // The last layer that can make a row: what the row sees is there.
  std::size_t next_to_run() const {
    std::size_t i = last_;
    while (i > first_ && held_[i - 1].end < seen_next(i).end) --i;
    return i;
  }

  // The first layer has its whole input and makes all that the next one waits for; of the others' input there is just
  // enough for one row.
  Rows rows_to_make(std::size_t i) const {
    const std::int32_t made = held_[i].end;
    return {made, i == first_ ? seen_next(i + 1).end : made + 1};
  }

  const std::byte* input_from(std::size_t i, std::int32_t row) const {
    const std::int32_t before = i == first_ ? row : row - held_[i - 1].first;
    return plan_.tensor(layer(i).inputs()->Get(0)) + static_cast<std::size_t>(before) * row_bytes(input(i));
  }

  void make(std::size_t i, Rows rows) {
    std::byte* to = plan_.tensor(layer(i).output()) + static_cast<std::size_t>(held_[i].count()) * row_bytes(output(i));
    run_rows(*plan_.model, layer(i), rows, input_from(i, seen(i, rows).first), to, plan_.scratch(i), plan_.kernel(i));
    if (observer_ != nullptr)
      observer_->layer_output(static_cast<int>(i), to,
                              value_count(output(i), std::int64_t{rows.count()} * output(i).width()));
    held_[i].end = rows.end;
    if (i > first_) drop_before(i - 1, seen_next(i).first);
  }

  // Forgets the rows of layer i's output above `row`.
  void drop_before(std::size_t i, std::int32_t row) {
    const Rows kept{row, std::max(row, held_[i].end)};
    std::byte* rows = plan_.tensor(layer(i).output());
    const std::size_t bytes = row_bytes(output(i));
    std::memmove(rows, rows + static_cast<std::size_t>(row - held_[i].first) * bytes,
                 static_cast<std::size_t>(kept.count()) * bytes);
    held_[i] = kept;
  }

  const ExecutionPlan& plan_;
  const std::size_t first_, last_;
  LayerObserver* observer_;
  std::array<Rows, kMaxLayers> held_{};  // of the output of each layer; of the last one's, all made
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
