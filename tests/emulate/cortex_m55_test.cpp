// SPDX-License-Identifier: Apache-2.0
// The Cortex-M55's vector kernels: sizes around their blocks, and limits for networks of the published shapes.
// Instructions are counted exactly.
#include <gtest/gtest.h>

#include "emulate/board_or_skip.h"
#include "emulate/measure_model.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/tiny_model_parts.h"

namespace stapes::test {
namespace {

ExportMeasure on_cortex_m55(const fb::ModelT& model) {
  const ExportMeasure measure = measure_model(ModelFile(serialize_model(model), "m55"), find_board("cortex-m55"), {});
  EXPECT_EQ(measure.first_difference(), std::nullopt);
  return measure;
}

struct Window {
  int kernel_h, kernel_w, stride, pad, end_pad;
};

// Int8 layers on features, with shifts of both signs and weights down to -128.
class ChainOfLayers {
 public:
  ChainOfLayers(int height, int width, int channels)
      : model_(tiny_model_start("int8")), height_(height), width_(width), channels_(channels) {
    model_.features = true;
    model_.sample_rate_hz = 0;
    model_.window_samples = height * width * channels;
    add_tensor(model_, fb::DType::kI8, height, width, channels, 0.05f, 9);
  }

  // Depthwise if `groups` equals the number of channels.
  ChainOfLayers& conv(Window w, int filters, int groups = 1, int lowest_weight = -127, int highest_shift = -5) {
    const int taps = w.kernel_h * w.kernel_w * channels_ / groups;
    fb::ConvI8T op;
    op.window = std::make_unique<fb::Window>(w.kernel_h, w.kernel_w, w.stride, w.stride, w.pad, w.pad, 1, 1);
    if (w.end_pad != w.pad) op.end_pads = std::make_unique<fb::EndPads>(w.end_pad, w.end_pad);
    op.groups = groups;
    op.weights = random_.integers<std::int8_t>(filters * taps, lowest_weight, 127);
    op.bias = random_.integers<std::int32_t>(filters, -2000, 2000);
    op.multiplier = random_.integers<std::int32_t>(filters, 1 << 30, 2147483646);
    op.shift = random_.integers<std::int32_t>(filters, highest_shift - 6, highest_shift);
    const bool limited = model_.layers.size() % 2 == 1;
    op.minimum = limited ? -100 : -128;
    op.maximum = limited ? 90 : 127;
    height_ = (height_ + w.pad + w.end_pad - w.kernel_h) / w.stride + 1;
    width_ = (width_ + w.pad + w.end_pad - w.kernel_w) / w.stride + 1;
    channels_ = filters;
    add_tensor(model_, fb::DType::kI8, height_, width_, channels_, 0.05f, -3);
    add_layer(model_, "layer" + std::to_string(model_.layers.size()), std::move(op));
    return *this;
  }
  ChainOfLayers& depthwise(Window w, int lowest_weight = -127, int highest_shift = -3) {
    return conv(w, channels_, channels_, lowest_weight, highest_shift);
  }

  fb::ModelT with_head() {
    fb::AveragePoolT pool;
    pool.pool_h = height_;
    pool.pool_w = width_;
    add_tensor(model_, fb::DType::kI8, 1, 1, channels_, 0.05f, -3);
    add_layer(model_, "pool", std::move(pool));
    height_ = width_ = 1;
    conv({1, 1, 1, 0, 0}, 33).conv({1, 1, 1, 0, 0}, 66, 1, -127, 1).conv({1, 1, 1, 0, 0}, 7);
    fb::LinearI8T head;
    head.weights = random_.integers<std::int8_t>(2 * channels_, -127, 127);
    head.bias = random_.integers<std::int32_t>(2, -5000, 5000);
    add_tensor(model_, fb::DType::kI32, 1, 1, 2, 0.0005f);
    add_layer(model_, "head", std::move(head));
    return std::move(model_);
  }

 private:
  TinyRandom random_{55};
  fb::ModelT model_;
  int height_, width_, channels_;
};

TEST(OnCortexM55, LayersOfManySizesAreEqualToTheBit) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m55"));
  ChainOfLayers chain(13, 11, 3);
  chain.conv({3, 3, 1, 1, 1}, 17)
      .depthwise({3, 3, 1, 1, 1})
      .conv({1, 1, 1, 0, 0}, 70)
      .depthwise({3, 2, 2, 0, 1}, -128)  // weights of -128: products are added one by one
      .conv({1, 1, 1, 0, 0}, 16, 1, -128, 1)
      .depthwise({5, 3, 1, 2, 2}, -127, 1)
      .conv({2, 4, 1, 1, 1}, 1)
      .conv({3, 3, 1, 1, 1}, 8)
      .depthwise({3, 3, 1, 1, 1})
      .conv({1, 1, 2, 0, 0}, 5);
  on_cortex_m55(chain.with_head());
}

TEST(OnCortexM55, WindowsThatSeePaddingOnlyAreEqualToTheBit) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m55"));
  ChainOfLayers chain(5, 6, 18);
  chain.conv({3, 3, 2, 3, 3}, 12).depthwise({3, 3, 2, 3, 3}).conv({4, 4, 4, 0, 0}, 3);
  on_cortex_m55(chain.with_head());
}

// Networks as Stapes trains them: most layers have a pool, and conv1 and conv2 make up over half.
TEST(OnCortexM55, Int8NetworksStayWithinTheirBounds) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m55"));
  const ExportMeasure micro = on_cortex_m55(acdnet_model("int8", kMicroWidths, 50));
  EXPECT_LE(micro.run.instructions, 9'970'000);
  EXPECT_LE(micro.sizes.code, 14'000);
  EXPECT_LE(on_cortex_m55(acdnet_model("int8", kAcdnet20Widths, 50)).run.instructions, 12'880'000);
}

// A MobileNet block, 24 x 24 positions of 32 channels.
TEST(OnCortexM55, PointwiseAndDepthwiseStayWithinTheirBounds) {
  STAPES_SKIP_WITHOUT_TOOLS(find_board("cortex-m55"));
  ChainOfLayers chain(24, 24, 32);
  chain.conv({1, 1, 1, 0, 0}, 64).depthwise({3, 3, 1, 1, 1}).conv({1, 1, 1, 0, 0}, 64);
  const ExportMeasure measure = on_cortex_m55(chain.with_head());
  constexpr std::int64_t kPositions = 24 * 24;
  EXPECT_LE(measure.layers[0].elapsed * 100, kPositions * 32 * 64 * 30);
  EXPECT_LE(measure.layers[1].elapsed * 100, kPositions * 64 * 9 * 126);
  EXPECT_LE(measure.layers[2].elapsed * 100, kPositions * 64 * 64 * 21);
  EXPECT_LE(measure.layers[3].elapsed * 10, kPositions * 64 * 20);  // the pool
}

}  // namespace
}  // namespace stapes::test
