// SPDX-License-Identifier: Apache-2.0
// stapes prune: each method with a short real run, budgets, a kill, wrong input.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/child.h"
#include "cli/training_run.h"
#include "graph/weights_file.h"
#include "packed/container.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class Prune : public Training {
 protected:
  void SetUp() override {
    Training::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(run_stapes(train("fp32", 2, {"--ema", "0"})).status, 0);
  }

  std::vector<std::string> prune(const std::string& output, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"prune", path("fp32"), "--epochs", "1", "--threads", "1", "-o", path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  nlohmann::json pruned(const std::string& output, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = prune(output, more);
    arguments.push_back("--json");
    const Outcome outcome = run_stapes(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out, nullptr, /*allow_exceptions=*/false);
  }

  nlohmann::json packed_int8(const std::string& run) const {
    const std::string model = path(run + ".stapes");
    EXPECT_EQ(run_stapes({"quantize", path(run), "--data", path("tones"), "--calibration", "8", "-o", model}).status,
              0);
    return nlohmann::json::parse(run_stapes({"info", model, "--json"}).out);
  }

  int filters_of(const std::string& run) const { return filters_in(read_network(path(run))); }

  static int filters_in(const TrainedNetwork& network) {
    int filters = 0;
    for (const int width : network.spec.graph.widths) filters += width;
    return filters;
  }
};

TEST_F(Prune, EveryMethodLeavesARunThatSaysHowItWasMade) {
  ASSERT_EQ(filters_of("fp32"), 86);
  const std::pair<std::string, std::vector<std::string>> filter_methods[] = {
      {"magnitude", {"--method", "magnitude", "--ratio", "0.3"}},
      {"taylor", {"--method", "taylor", "--ratio", "0.3", "--pace", "step:20"}},
      {"hybrid", {"--method", "hybrid", "--ratio", "0.3", "--weight-epochs", "1", "--weight-ratio", "0.5"}},
      {"scratch", {"--from-scratch", "--ratio", "0.3", "--teacher", path("fp32")}}};
  for (const auto& [name, options] : filter_methods) {
    const nlohmann::json result = pruned(name, options);
    EXPECT_EQ(result["pruning"]["method"], name == "scratch" ? "magnitude" : name);
    EXPECT_EQ(result["pruning"]["pace"], name == "taylor" ? "step:20" : "one-shot");
    EXPECT_EQ(result["pruning"]["from_scratch"], name == "scratch");
    EXPECT_EQ(filters_of(name), 86 - 25) << name;
    EXPECT_FALSE(std::filesystem::exists(path(name) + ".pruning")) << name;
    const auto provenance = nlohmann::json::parse(read_network(path(name)).provenance);
    EXPECT_EQ(provenance["pruning"], result["pruning"]);
    EXPECT_EQ(provenance.contains("init"), name != "scratch");
    EXPECT_EQ(provenance.contains("teacher"), name == "scratch");
    EXPECT_EQ(run_stapes({"train", "--resume", path(name), "-q"}).status, 0);
  }
  const nlohmann::json result = pruned("weight", {"--method", "weight", "--ratio", "0.8"});
  EXPECT_EQ(result["pruning"]["ratio"], 0.8);
  const TrainedNetwork sparse = read_network(path("weight"));
  EXPECT_EQ(filters_in(sparse), 86);
  std::ptrdiff_t zeros = 0, weights = 0;
  for (const auto& [name, tensor] : sparse.tensors) {
    if (!name.starts_with("conv") && name != "head.weight") continue;
    zeros += std::count(tensor.values.begin(), tensor.values.end(), 0.0f);
    weights += static_cast<std::ptrdiff_t>(tensor.values.size());
  }
  EXPECT_NEAR(static_cast<double>(zeros) / static_cast<double>(weights), 0.8, 1e-3);
  EXPECT_THAT(run_stapes(prune("said", {"--ratio", "0.3"})).err, HasSubstr("faster than published"));
}

TEST_F(Prune, ABudgetIsKeptByTheFileThatIsMade) {
  const nlohmann::json whole = packed_int8("fp32");
  const int flash = whole.at("file_bytes").get<int>() * 3 / 4, ram = whole.at("arena_bytes").get<int>() * 3 / 4;
  pruned("small", {"--method", "taylor", "--flash", std::to_string(flash), "--ram", std::to_string(ram)});
  const nlohmann::json info = packed_int8("small");
  EXPECT_LE(info.at("file_bytes"), flash);
  EXPECT_LE(info.at("arena_bytes"), ram);
  const auto macs = whole.at("macs").get<int>() / 2000;
  pruned("quick", {"--macs", std::to_string(macs) + "K"});
  EXPECT_LE(packed_int8("quick").at("macs"), macs * 1000);
  EXPECT_LT(filters_of("quick"), 86);
}

// On a GPU, a process that has pruned cannot train.
TEST_F(Prune, ItsTrainingRunsInANewProcess) {
  Child child({"prune", path("fp32"), "--ratio", "0.3", "--epochs", "1000", "--threads", "1", "-q", "-o", path("run")});
  const auto arguments = [&] {
    std::ifstream file(fmt::format("/proc/{}/cmdline", child.pid()), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  while (child.running() && !std::filesystem::exists(path("run/metrics.jsonl"))) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const std::string now = arguments();
  EXPECT_TRUE(child.kill());
  using namespace std::string_literals;
  EXPECT_THAT(now, HasSubstr("\0train\0--resume\0"s));
  EXPECT_THAT(now, HasSubstr("--quiet"));
}

// Three kills, each after some filters were removed; the same command resumes.
TEST_F(Prune, AKilledPruningResumesToTheSameBits) {
  const std::vector<std::string> options = {"--method", "taylor", "--ratio", "0.15", "--pace", "exact", "-q"};
  ASSERT_EQ(run_stapes(prune("whole", options)).status, 0);
  const std::filesystem::path state = path("killed") + ".pruning/state.network";
  int filters = 86;
  for (int kill = 0; kill < 3; ++kill) {
    Child child(prune("killed", options));
    const auto moved_on = [&] { return std::filesystem::exists(state) && filters_in(read_network(state)) < filters; };
    while (child.running() && !moved_on()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ASSERT_TRUE(child.kill()) << "kill " << kill << ": it had ended by itself";
    filters = filters_in(read_network(state));
  }
  EXPECT_TRUE(fails_cleanly(run_stapes(prune("killed", {"--ratio", "0.2", "-q"})), 1, "interrupted pruning"));
  ASSERT_EQ(run_stapes(prune("killed", options)).status, 0);
  const TrainedNetwork want = read_network(path("whole")), got = read_network(path("killed"));
  EXPECT_EQ(got.spec.graph.widths, want.spec.graph.widths);
  for (const auto& [name, tensor] : want.tensors) EXPECT_EQ(got.tensors.at(name).values, tensor.values) << name;
}

TEST_F(Prune, ImportedWeightsArePrunedWithData) {
  TrainedNetwork network = read_network(path("fp32"));
  network.provenance = R"({"imported_from":"a.pt"})";
  std::filesystem::create_directory(path("imported"));
  write_network(path("imported") + "/weights.network", network, Existing::kRefuse);
  write_text_file(path("imported") + "/config.json", R"({"binary":false,"provenance":{"imported_from":"a.pt"}})",
                  Existing::kRefuse);
  const std::vector<std::string> command = {"prune", path("imported"), "--epochs", "1", "--batch", "8",
                                            "-o",    path("x")};
  EXPECT_TRUE(fails_cleanly(run_stapes(command), 1, "--data"));
  std::vector<std::string> with_data = command;
  with_data.insert(with_data.end(), {"--data", path("tones"), "--json"});
  const Outcome outcome = run_stapes(with_data);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(filters_of("x"), 43);
  network.labels[1] = "soprano";
  write_network(path("imported") + "/weights.network", network, Existing::kReplace);
  with_data.push_back("--force");
  EXPECT_TRUE(fails_cleanly(run_stapes(with_data), 1, "soprano"));
}

TEST_F(Prune, WrongUsageIsRefusedBeforeAnythingIsWritten) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--ratio", "1"}, "ratio 1 is out of range; expected at least 0 and below 1"},
      {{"--ratio", "-0.5"}, "ratio -0.5 is out of range; expected at least 0 and below 1"},
      {{"--ratio", "0.9"}, "at most 0.8605 is possible (74 of 86 filters)"},
      {{"--ratio", "0.5", "--macs", "1M"}, "--ratio and a budget"},
      {{"--method", "luck"}, "hybrid"},
      {{"--scope", "head"}, "tfeb"},
      {{"--pace", "step:0"}, "step:K"},
      {{"--flash", "12Q"}, "128K"},
      {{"--flash", "0"}, "--flash"},
      {{"--ram", "-4K"}, "--ram"},
      {{"--macs", "1e6"}, "15M"},
      {{"--flash", "1K"}, "cannot meet the budget"},
      {{"--method", "weight", "--macs", "1M"}, "neither MACs nor RAM"},
      {{"--method", "weight", "--ratio", "0.9999"}, "without weights"},
      {{"--method", "weight", "--pace", "exact"}, "--pace"},
      {{"--method", "weight", "--from-scratch"}, "--from-scratch"},
      {{"--method", "weight", "--ema", "0.9"}, "--ema"},
      {{"--rank", "taylor"}, "--rank"},
      {{"--weight-ratio", "0.5"}, "--weight-ratio"},
      {{"--weight-epochs", "5"}, "--weight-epochs"},
      {{"--fold", "2"}, "--data"},
      {{"--data", path("tones"), "--fold", "2"}, "fold 1"},
  };
  for (const auto& [options, naming] : cases) {
    std::vector<std::string> arguments = prune("run", options);
    arguments.push_back("-q");
    EXPECT_TRUE(fails_cleanly(run_stapes(arguments), 2, naming)) << options[0] << " " << options.back();
  }
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"fp32", "tones"}));
}

TEST_F(Prune, BrokenParentsAreNamed) {
  const std::string weights = path("fp32") + "/weights.network";
  const std::string whole = read_text_file(weights);
  const auto refused = [&](const char* naming) { return fails_cleanly(run_stapes(prune("run", {"-q"})), 1, naming); };
  ASSERT_EQ(run_stapes({"pack", path("fp32"), "-o", path("fp32.stapes")}).status, 0);
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("fp32.stapes"), "-o", path("run")}), 1,
                            "fp32.stapes as a trained network: wrong file type"));
  TrainedNetwork network = read_network(weights);
  const std::string provenance = network.provenance;
  network.provenance = R"({"data_hash":"0123456789abcdef","test_fold":1})";  // of another run with the same widths
  write_network(weights, network, Existing::kReplace);
  EXPECT_TRUE(refused("are from another run"));
  ASSERT_EQ(run_stapes(train("wider", 1, {"--model", "widths:4,8,6,6,6,8,8,8,8,8,8,9"})).status, 0);
  write_text_file(weights, read_text_file(path("wider") + "/weights.network"), Existing::kReplace);
  EXPECT_TRUE(refused("are from another run"));
  network.tensors["conv3.weight"].values[0] = std::nanf("");
  const std::vector<std::byte> payload = serialize_network(network);  // write_network() would reject it
  const auto header = container_header(kNetworkContainer, payload);
  std::vector<std::byte> not_a_number(header.begin(), header.end());
  not_a_number.insert(not_a_number.end(), payload.begin(), payload.end());
  write_file(weights, not_a_number, Existing::kReplace);
  EXPECT_TRUE(refused("conv3.weight holds a NaN"));
  write_text_file(weights, whole.substr(0, whole.size() / 2), Existing::kReplace);
  EXPECT_TRUE(refused("weights.network"));
  std::filesystem::remove(weights);
  EXPECT_TRUE(refused("weights.network"));
  write_text_file(weights, whole, Existing::kReplace);
  std::filesystem::remove(path("fp32") + "/config.json");
  EXPECT_TRUE(refused("contains no config.json"));
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"fp32", "fp32.stapes", "tones", "wider"}));
}

}  // namespace
}  // namespace stapes::test
