// SPDX-License-Identifier: Apache-2.0
#include "study/plan/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "support/paths.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSmall = R"(name = "small"
data = "x.data"
[networks]
micro = "micro-acdnet"
[[route]]
name = "fp32"
form = "fp32"
train = { epochs = 3, lr = 0.05, milestones = [0.5, 0.8] }
)";

std::string problem_of(const std::string& text) {
  try {
    parse_plan(text, "plan.toml");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no problem";
}

TEST(Plan, ReadsWhatItSaysAndFillsInTheRest) {
  const StudyPlan plan = parse_plan(kSmall, "plan.toml");
  EXPECT_EQ(plan.name, "small");
  EXPECT_EQ(plan.classes, std::vector<std::string>{"all"});
  EXPECT_TRUE(plan.folds.empty());
  EXPECT_EQ(plan.seeds, std::vector<std::uint64_t>{1});
  ASSERT_EQ(plan.routes.size(), 1u);
  EXPECT_EQ(plan.routes[0].networks, std::vector<std::string>{"micro"});
  const Options expected = {{"epochs", "3"}, {"lr", "0.05"}, {"milestones", "0.5,0.8"}};
  EXPECT_EQ(plan.routes[0].train, expected);
}

TEST(Plan, WritesOutListsOfMethodsRatiosAndKindsOfQuantization) {
  const StudyPlan plan = parse_plan(std::string(kSmall) + R"(
[[route]]
name = "small-int8"
form = "int8"
start = "fp32"
prune = { method = ["magnitude", "taylor"], ratio = [0.3, 0.5] }
train = { epochs = 2 }
quantize = { aware = [false, true], epochs = 4 }
)",
                                    "plan.toml");
  std::vector<std::string> names;
  for (const PlanRoute& route : plan.routes) names.push_back(route.name);
  const std::vector<std::string> expected = {"fp32",
                                             "small-int8-magnitude-0.3-after",
                                             "small-int8-magnitude-0.3-aware",
                                             "small-int8-magnitude-0.5-after",
                                             "small-int8-magnitude-0.5-aware",
                                             "small-int8-taylor-0.3-after",
                                             "small-int8-taylor-0.3-aware",
                                             "small-int8-taylor-0.5-after",
                                             "small-int8-taylor-0.5-aware"};
  EXPECT_EQ(names, expected);
  const Options pruned = {{"method", "magnitude"}, {"ratio", "0.5"}};
  EXPECT_EQ(plan.routes[3].prune, pruned);
  EXPECT_TRUE(plan.routes[3].quantize.empty());  // aware = false: no option and no epochs
  EXPECT_EQ(plan.routes[4].quantize, (Options{{"aware", ""}, {"epochs", "4"}}));
}

TEST(Plan, NamesAnUnknownKeyWhereItIsAndTheNearestKnownOne) {
  const std::string top = problem_of("name = \"x\"\nclases = [\"esc10\"]\n");
  EXPECT_NE(top.find("plan.toml:2: clases: unknown key; did you mean classes?"), std::string::npos) << top;
  const std::string inner =
      problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"fp32\"\ntrain = { epoch = 3 }\n");
  EXPECT_NE(inner.find("[[route]] b, train, epoch: unknown key; did you mean epochs?"), std::string::npos) << inner;
}

TEST(Plan, RefusesOptionsThatTheFormDoesNotTake) {
  const std::string text =
      problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"fp32\"\ntrain = { rule = \"paper\" }\n");
  EXPECT_NE(text.find("rule: unknown key"), std::string::npos) << text;
  EXPECT_NE(problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"xnor\"\nprune = { ratio = 0.3 }\n")
                .find("only routes of form int8 can be pruned"),
            std::string::npos);
  EXPECT_NE(problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"int8\"\n")
                .find("expected the fp32 route that this int8 route starts from"),
            std::string::npos);
}

TEST(Plan, RefusesValuesThatTheCommandsWouldRefuse) {
  const auto problem = [](const std::string& form, const std::string& section) {
    return problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"" + form + "\"\n" + section);
  };
  const auto of_training = [&](const std::string& option) {
    return problem("xnor", "train = { epochs = 3, " + option + " }\n");
  };
  const std::pair<const char*, const char*> wrong[] = {
      {"lr = [0.1, 0.2]", "plan.toml:12: [[route]] b, train, lr: expected a number, got '0.1,0.2'"},
      {"lr = 200", "lr: '200' is out of range; expected above 0 and below 100"},
      {"lr = nan", "lr: 'nan' is out of range"},
      {"lr = true", "lr: expected a number, got ''"},
      {"batch = 2.5", "batch: expected a whole number, got '2.5'"},
      {"eval-every = 3000000000", "eval-every: expected a whole number, got '3000000000'"},
      {"schedule = \"step\"", "schedule: unknown value 'step'; choose steps, "},
      {"optimizer = [\"sgd\", \"adam\"]", "optimizer: unknown value 'sgd,adam'; choose sgd, adam or adamw"},
      {"unscaled = \"yes\"", "unscaled: expected true or false, got 'yes'"},
      {"recipe = true", "recipe: expected a value"},
      {"snr = [0, 20]", "snr: needs background = \"DATA\""},
      {"background-share = 0.5", "background-share: needs background = \"DATA\""},
      {"background = \"b.data\", background-share = 0", "background-share: '0' is out of range"},
      {"background = \"b.data\", snr = 10", "snr: expected two values in dB from -30 to 60, the lower one first"},
      {"background = \"b.data\", snr = [20, 0]", "snr: expected two values in dB"},
      {"background = \"b.data\", snr = [0, 61]", "such as 0,20; got '0,61'"},
      {"background = \"b.data\", snr = [\"low\", 0]", "snr: expected two values in dB"},
  };
  for (const auto& [option, message] : wrong) {
    EXPECT_NE(of_training(option).find(message), std::string::npos) << option << ": " << of_training(option);
  }
  for (const char* option : {"lr = 1e-3", "milestones = [0.5, 0.8]", "device = \"auto\"", "unscaled = true",
                             "eight-bit = \"conv2,conv12\"", "rprelu = false", "batch = 32.0", "select = \"detector\"",
                             "background = \"b.data\", snr = [-5, 20], background-share = 1"}) {
    EXPECT_EQ(of_training(option), "no problem") << option;
  }
  const std::string int8 = "start = \"fp32\"\ntrain = { epochs = 1 }\n";
  const std::string ratio = problem("int8", int8 + "prune = { ratio = [0.3, \"half\"] }\n");
  EXPECT_NE(ratio.find("prune, ratio: expected a number, got 'half'"), std::string::npos) << ratio;
  const std::string epochs =
      problem("int8", int8 + "prune = { ratio = 0.3 }\nquantize = { aware = true, epochs = 0 }\n");
  EXPECT_NE(epochs.find("quantize, epochs: '0' is out of range; expected 1 to 1000000"), std::string::npos) << epochs;
}

TEST(Plan, RefusesParentsThatAreNotDeclaredBefore) {
  const std::string text =
      problem_of(std::string(kSmall) + "[[route]]\nname = \"b\"\nform = \"xnor\"\nstart = \"fp23\"\n");
  EXPECT_NE(text.find("micro fp23 is not declared; did you mean micro fp32?"), std::string::npos) << text;
  std::string first = kSmall;
  first.insert(first.find("train ="), "teacher = \"fp32\"\n");
  EXPECT_EQ(problem_of(first), "plan.toml:8: [[route]] fp32, teacher: micro fp32 is not declared; declare it first");
  const std::string binary =
      problem_of(std::string(kSmall) +
                 "[[route]]\nname = \"b\"\nform = \"xnor\"\ntrain = { epochs = 1 }\n[[route]]\nname = \"c\"\nform = "
                 "\"int8\"\nstart = \"b\"\n");
  EXPECT_NE(binary.find("route b has form xnor; expected fp32"), std::string::npos) << binary;
}

TEST(Plan, WantsToKnowHowLongEachRouteTrains) {
  const std::string route = std::string(kSmall) + "[[route]]\nname = \"b\"\n";
  EXPECT_NE(problem_of(route + "form = \"fp32\"\n").find("expected epochs = N"), std::string::npos);
  const std::string int8 = route + "form = \"int8\"\nstart = \"fp32\"\n";
  EXPECT_EQ(problem_of(int8), "no problem");  // quantized after training
  EXPECT_NE(problem_of(int8 + "prune = { ratio = 0.3 }\n").find("expected epochs = N"), std::string::npos);
  EXPECT_NE(problem_of(int8 + "quantize = { aware = true }\n").find("expected epochs = N"), std::string::npos);
  EXPECT_NE(problem_of(int8 + "quantize = { epochs = 3 }\n").find("epochs needs aware = true"), std::string::npos);
}

TEST(Plan, RefusesZeroCellsAndTwoInOneFolder) {
  EXPECT_NE(problem_of("name = \"x\"\n[networks]\na = \"acdnet\"\n").find("no cells: expected at least one [[route]]"),
            std::string::npos);
  EXPECT_NE(problem_of(std::string("classes = []\n") + kSmall).find("no cells: classes is empty"), std::string::npos);
  EXPECT_NE(problem_of(std::string("folds = []\n") + kSmall).find("leave folds out to use all"), std::string::npos);
  const std::string twice =
      problem_of(std::string(kSmall) + "[[route]]\nname = \"fp32\"\nform = \"fp32\"\ntrain = { epochs = 1 }\n");
  EXPECT_NE(twice.find("two cells would share a folder: series"), std::string::npos) << twice;
  EXPECT_NE(problem_of(std::string("folds = [1, 1]\n") + kSmall).find("listed twice"), std::string::npos);
}

TEST(Plan, RefusesListsThatWouldWriteElsewhereAndParentsThatAreNotTrained) {
  const std::string int8 = "[[route]]\nname = \"q\"\nform = \"int8\"\nstart = \"fp32\"\n";
  const std::string pruned = int8 + "train = { epochs = 1 }\nprune = { method = ";
  EXPECT_NE(problem_of(kSmall + pruned + "[\"magnitude\", \"x/../../../evil\"] }\n").find("invalid name"),
            std::string::npos);
  EXPECT_NE(problem_of(kSmall + pruned + "\"\" }\n").find("non-empty"), std::string::npos);
  EXPECT_NE(problem_of(kSmall + int8 + "networks = []\n").find("leave networks out to use all"), std::string::npos);
  EXPECT_NE(
      problem_of(kSmall + int8 + "[[route]]\nname = \"x\"\nform = \"xnor\"\nteacher = \"q\"\ntrain = { epochs = 1 }\n")
          .find("is only quantized"),
      std::string::npos);
  EXPECT_NE(problem_of(std::string(kSmall) +
                       "[[equal_flash]]\nname = \"p\"\nfirst = \"micro fp32\"\nsecond = \"micro fp32\"\n")
                .find("is also the first; name another series"),
            std::string::npos);
}

TEST(Plan, ABudgetNamesASeriesThatIsDeclaredBeforeAndSmall) {
  const std::string bits =
      std::string(kSmall) + "[[route]]\nname = \"bits\"\nform = \"xnor\"\ntrain = { epochs = 1 }\n";
  const auto fit = [&](const std::string& like) {
    return bits + "[[route]]\nname = \"fit\"\nform = \"int8\"\nstart = \"fp32\"\ntrain = { epochs = 1 }\n" +
           "prune = { method = [\"magnitude\", \"taylor\"], flash = " + like + " }\n";
  };
  const StudyPlan plan = parse_plan(fit("{ like = \"bits\" }"), "plan.toml");
  ASSERT_EQ(plan.routes.size(), 4u);
  EXPECT_EQ(plan.routes[2].flash_like, "bits");
  EXPECT_EQ(plan.routes[3].flash_like, "bits");
  EXPECT_EQ(plan.routes[3].prune, (Options{{"method", "taylor"}}));
  EXPECT_EQ(problem_of(fit("{ like = \"micro bits\" }")), "no problem");
  EXPECT_NE(problem_of(fit("{ like = \"micro bit\" }")).find("did you mean micro bits?"), std::string::npos);
  EXPECT_NE(problem_of(fit("{ like = \"fp32\" }")).find("'micro fp32' stays in full precision"), std::string::npos);
  EXPECT_NE(problem_of(fit("{ like = \"fit-taylor\" }")).find("'micro fit-taylor' would depend on its own size"),
            std::string::npos);
  EXPECT_NE(problem_of(fit("{ of = \"bits\" }")).find("of: unknown key; did you mean"), std::string::npos);
}

TEST(Plan, APairMayHaveSeveralSecondsAndARouteAveragedWeights) {
  const std::string text = std::string(kSmall) + R"([[route]]
name = "a"
form = "xnor"
weights = "averaged"
train = { epochs = 1 }
[[route]]
name = "b"
form = "int8"
start = "fp32"
)";
  const auto pair = [&](const std::string& second) {
    return text + "[[equal_flash]]\nname = \"p\"\nfirst = \"micro a\"\nsecond = " + second + "\n";
  };
  const StudyPlan plan = parse_plan(pair("[\"micro b\", \"micro fp32\"]"), "plan.toml");
  EXPECT_TRUE(plan.routes[1].averaged);
  EXPECT_FALSE(plan.routes[2].averaged);
  EXPECT_EQ(plan.pairs[0].second, (std::vector<std::string>{"micro b", "micro fp32"}));
  EXPECT_NE(problem_of(pair("[\"micro b\", \"micro b\"]")).find("'micro b' is listed twice"), std::string::npos);
  EXPECT_NE(problem_of(pair("[]")).find("expected a series"), std::string::npos);
  const std::string route = std::string(kSmall) + "[[route]]\nname = \"c\"\nform = \"int8\"\nstart = \"fp32\"\n";
  EXPECT_NE(problem_of(route + "weights = \"best\"\n").find("unknown value 'best'; choose last or averaged"),
            std::string::npos);
}

// As in `stapes train` and `stapes prune`: no averaged weights if ema is 0 or individual weights are pruned.
TEST(Plan, RefusesAveragedWeightsWhereNoneAreKept) {
  const auto problem = [](const std::string& route) {
    return problem_of(std::string(kSmall) + "[[route]]\nname = \"c\"\nweights = \"averaged\"\n" + route);
  };
  const std::string int8 = "form = \"int8\"\nstart = \"fp32\"\n", train = "train = { epochs = 1 }\n";
  for (const char* prune : {"{ ratio = 0.3 }", "{ method = \"taylor\" }", "{ method = \"hybrid\" }"}) {
    EXPECT_EQ(problem(int8 + train + "prune = " + prune + "\n"), "no problem") << prune;
  }
  EXPECT_EQ(problem(int8), "no problem");
  EXPECT_NE(problem(int8 + train + "prune = { method = \"weight\" }\n").find("method weight keeps no averaged weights"),
            std::string::npos);
  EXPECT_NE(problem(int8 + train + "prune = { method = [\"magnitude\", \"weight\"] }\n").find("method weight keeps"),
            std::string::npos);
  for (const char* ema : {"0", "0.0"}) {
    const std::string without = fmt::format("train = {{ epochs = 1, ema = {} }}\n", ema);
    EXPECT_NE(problem("form = \"xnor\"\n" + without).find("route c keeps no averaged weights"), std::string::npos);
    EXPECT_NE(problem(int8 + without + "prune = { ratio = 0.3 }\n").find("route c keeps no averaged weights"),
              std::string::npos);
  }
  EXPECT_EQ(problem("form = \"xnor\"\ntrain = { epochs = 1, ema = 0.9 }\n"), "no problem");
  const std::string quantized = "[[route]]\nname = \"d\"\nform = \"fp32\"\ntrain = { epochs = 1, ema = 0 }\n" +
                                std::string("[[route]]\nname = \"q\"\nweights = \"averaged\"\nform = \"int8\"\n") +
                                "start = \"d\"\n";
  EXPECT_NE(problem_of(kSmall + quantized).find("route d keeps no averaged weights"), std::string::npos);
}

TEST(Plan, TheExampleOfTheDocumentationIsOne) {
  const std::string text = read_text_file(test::tests_dir() / "../docs/guides/study.md");
  const std::size_t begin = text.find("```toml\n") + 8;
  EXPECT_EQ(parse_plan(text.substr(begin, text.find("```\n", begin) - begin), "docs/guides/study.md").pairs.size(), 1u);
}

TEST(Plan, RefusesInvalidTomlAndInvalidValues) {
  EXPECT_NE(problem_of("name = ").find("plan.toml:1: invalid TOML"), std::string::npos);
  EXPECT_NE(problem_of("name = 3\n").find("expected a non-empty string in quotes"), std::string::npos);
  EXPECT_NE(problem_of("name = \"../x\"\n").find("invalid name"), std::string::npos);
  EXPECT_NE(problem_of(std::string("folds = [\"a\"]\n") + kSmall).find("expected integers"), std::string::npos);
  // As an int, 2^32 + 1 would become 1.
  for (const char* key : {"folds", "published_epochs", "samples"}) {
    const std::string problem = problem_of(fmt::format("{} = 4294967297\n{}", key, kSmall));
    EXPECT_NE(problem.find(fmt::format("plan.toml:1: {}: expected ", key)), std::string::npos) << problem;
    EXPECT_NE(problem.find(" to 1"), std::string::npos) << problem;
  }
  EXPECT_NE(problem_of(std::string("targets = [\"z80\"]\n") + kSmall).find("cortex-m4"), std::string::npos);
  EXPECT_NE(
      problem_of(std::string(kSmall) + "[[equal_flash]]\nname = \"p\"\nfirst = \"micro fp32\"\nsecond = \"a b\"\n")
          .find("a b is not declared"),
      std::string::npos);
}

}  // namespace
}  // namespace stapes
