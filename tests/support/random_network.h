// random_network.h: a trained network with random but plausible weights and batch norms.
#pragma once

#include <cmath>
#include <string>

#include "base/philox.h"
#include "network/acdnet.h"

namespace stapes::test {

class RandomNetwork {
 public:
  explicit RandomNetwork(const AcdnetSpec& spec, std::uint64_t seed = 7) : random_(seed, Philox::Purpose::kTest) {
    network_.spec = spec;
    const AcdnetGeometry geometry = acdnet_geometry(spec);
    for (std::size_t i = 0; i < geometry.convs.size(); ++i) {
      const ConvGeometry& g = geometry.convs[i];
      const std::string number = std::to_string(i + 1);
      const double fan_in = g.in_channels * g.kernel_h * g.kernel_w;
      add("conv" + number + ".weight", {g.out_channels, g.in_channels, g.kernel_h, g.kernel_w}, 0,
          std::sqrt(2 / fan_in));
      add_norm("bn" + number, spec.is_binary(static_cast<int>(i)) ? g.in_channels : g.out_channels);
      if (spec.has_rprelu(static_cast<int>(i))) add_rprelu("rprelu" + number, g.out_channels);
    }
    const int ins = geometry.convs.back().out_channels;
    add("head.weight", {spec.class_count, ins}, 0, std::sqrt(1.0 / ins));
    add("head.bias", {spec.class_count}, 0, 0.1);
    for (int c = 0; c < spec.class_count; ++c) network_.labels.push_back("label" + std::to_string(c));
  }

  TrainedNetwork take() && { return std::move(network_); }

 private:
  void add(const std::string& name, std::vector<std::int64_t> shape, double mean, double deviation) {
    FloatTensor& tensor = network_.tensors[name];
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    tensor.shape = std::move(shape);
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.values.push_back(static_cast<float>(mean + deviation * random_.normal()));
    }
  }
  void add_norm(const std::string& name, int channels) {
    add(name + ".weight", {channels}, 1, 0.1);
    add(name + ".bias", {channels}, 0, 0.1);
    add(name + ".running_mean", {channels}, 0, 0.1);
    add(name + ".running_var", {channels}, 1, 0.1);
  }

  void add_rprelu(const std::string& name, int channels) {
    add(name + ".threshold", {channels}, 0, 0.2);
    add(name + ".slope", {channels}, 0.25, 0.2);
    add(name + ".offset", {channels}, 0, 0.2);
  }

  Philox random_;
  TrainedNetwork network_;
};

// A small one: 1800 samples at 8 kHz, 3 classes.
inline AcdnetSpec small_spec(bool binary = false) {
  return {.sample_rate_hz = 8000,
          .window_samples = 1800,
          .class_count = 3,
          .widths = {3, 6, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
          .binary = binary};
}

}  // namespace stapes::test
