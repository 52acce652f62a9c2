// SPDX-License-Identifier: Apache-2.0
// make_models: packed models with the published shapes and random weights, for timing.
// Usage: make_models FOLDER
#include <cstdio>
#include <exception>
#include <filesystem>

#include "compress/pack.h"
#include "graph/binary_form.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/random_network.h"

namespace stapes {
namespace {

// Names the classes like an import that gives no names, to suit any data set of 50 classes.
void write(const std::filesystem::path& folder, const std::string& name, fb::ModelT model) {
  for (std::size_t i = 0; i < model.labels.size(); ++i) model.labels[i] = "class_" + std::to_string(i);
  write_model(folder / (name + ".stapes"), model, Existing::kReplace);
}

// fp32, int8, and xnor in the paper's layout (conv2 to conv12 binary).
void write_routes(const std::filesystem::path& folder, const std::string& network, const test::AcdnetWidths& widths) {
  for (const char* route : {"fp32", "int8", "xnor"}) {
    write(folder, network + "-" + route, test::acdnet_model(route, widths, 50));
  }
}

// The default recipe: conv2, conv3 and conv12 in 8 bits (docs/studies/binary-training.md).
void write_default_binary(const std::filesystem::path& folder, const std::string& network,
                          const test::AcdnetWidths& widths) {
  NetworkSpec spec = test::acdnet_spec({20000, 30225}, 50, {widths.begin(), widths.end()});
  spec.binary = true;
  spec.form.keep_8_bit = usual_keep_8_bit(spec.graph);
  write(folder, network + "-binary", pack_network(test::RandomNetwork(spec).take()));
}

void write_all(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_routes(folder, "micro", test::kMicroWidths);
  write_routes(folder, "acdnet", test::kAcdnetWidths);
  write_default_binary(folder, "micro", test::kMicroWidths);
  write_default_binary(folder, "acdnet", test::kAcdnetWidths);
}

}  // namespace
}  // namespace stapes

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: make_models FOLDER\n", stderr);
    return 2;
  }
  try {
    stapes::write_all(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_models: %s\n", error.what());
    return 1;
  }
}
