// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_classifier.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/error.h"
#include "packed/writer.h"
#include "support/temp_dir.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

TEST(HostClassifier, RunsAFile) {
  const test::TempDir dir;
  write_model(dir / "m.stapes", test::tiny_fp32(), Existing::kRefuse);
  HostClassifier classifier(dir / "m.stapes");
  EXPECT_EQ(classifier.run(test::tiny_wave(1)).size(), 2u);
  EXPECT_EQ(classifier.arena_bytes(), Classifier::arena_bytes(classifier.file().blob()));
}

TEST(HostClassifier, GivesTheSameScoresAfterAMove) {
  const auto file = std::make_shared<const ModelFile>(serialize_model(test::tiny_xnor()), "tiny");
  HostClassifier classifier(file);
  const auto want = classifier.run(test::tiny_wave(1));
  HostClassifier moved = std::move(classifier);
  HostClassifier other(file);
  EXPECT_EQ(moved.run(test::tiny_wave(1)), want);
  EXPECT_EQ(other.run(test::tiny_wave(1)), want);
}

TEST(HostClassifier, RefusesAWindowOfAnotherLength) {
  HostClassifier classifier(std::make_shared<const ModelFile>(serialize_model(test::tiny_xnor()), "tiny"));
  EXPECT_THROW(classifier.run(test::tiny_wave(1, 199)), Error);
  EXPECT_THROW(classifier.run_pcm(test::tiny_pcm(1, 201)), Error);
}

}  // namespace
}  // namespace stapes
