// SPDX-License-Identifier: Apache-2.0
// The page in a real browser, Chromium without a window, against the detector of this machine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "audio/pcm16.h"
#include "audio/wav_file.h"
#include "base/process.h"
#include "listen/listened_model.h"
#include "support/chromium.h"
#include "web/base64.h"
#include "web/demo_page.h"
#include "web/page_module.h"

namespace stapes::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kRateHz = 8000;

// Of each window: its end, the scores, the means and the detected class, -1 for none.
json windows_here(HostDetector& detector, std::span<const std::int16_t> pcm) {
  json windows = json::array();
  std::uint64_t samples = 0;
  while (!pcm.empty()) {
    Detection detection;
    const auto [taken, scored, detected] = detector->push_pcm(pcm, detection);
    pcm = pcm.subspan(taken);
    samples += taken;
    if (!scored) continue;
    json window = {samples};
    for (int c = 0; c < detector->class_count(); ++c) window.push_back(detector->score(c));
    for (int c = 0; c < detector->class_count(); ++c) window.push_back(detector->mean(c));
    window.push_back(detected ? detection.class_index : -1);
    windows.push_back(window);
  }
  return windows;
}

constexpr const char* kWindowsThere = "session.windows.map((w) => [w.end, ...w.scores, ...w.means, w.detected])";

std::vector<std::int16_t> noise_pcm(int samples) {
  std::vector<std::int16_t> pcm;
  for (const float sample : noise(samples)) pcm.push_back(to_pcm16(sample));
  return pcm;
}

// An 8-bit model that doubles what conv3 gives, by an addition.
fb::ModelT with_addition() {
  fb::ModelT model = tiny_int8();
  const auto conv3 = std::ranges::find(model.layers, "conv3", [](const auto& layer) { return layer->name; });
  const auto place = conv3 - model.layers.begin() + 1;
  const std::int32_t once = (*conv3)->output;
  const fb::TensorT shape = *model.tensors[static_cast<std::size_t>(once)];
  fb::AddI8T op;
  op.multiplier_a = 1 << 30;
  op.multiplier_b = 1'200'000'000;
  op.multiplier = 1'700'000'000;
  op.shift = -19;
  op.minimum = -128;
  op.maximum = 127;
  const std::int32_t twice = add_tensor(model, fb::DType::kI8, shape.height, shape.width, shape.channels, 0.07f, -128);
  add_layer(model, "add", std::move(op));
  model.layers.back()->inputs = {once, once};
  for (auto& layer : model.layers) {
    if (layer->name == "conv4") layer->inputs = {twice};
  }
  std::rotate(model.layers.begin() + place, model.layers.end() - 1, model.layers.end());
  return model;
}

std::string bytes_script(std::span<const std::byte> bytes) {
  return "Uint8Array.from(atob('" + base64(bytes) + "'), (letter) => letter.charCodeAt(0))";
}

class DemoInBrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("chromium").empty()) GTEST_SKIP() << "no chromium here";
    if (kPageModule.empty()) GTEST_SKIP() << "built without STAPES_WEB";
  }

  std::filesystem::path write_page(const HostDetector& detector, const std::string& title = "tiny") {
    return write_page(demo_page(detector, title, {}));
  }
  std::filesystem::path write_page(const std::string& page) {
    const auto path = folder_ / ("page" + std::to_string(++pages_) + ".html");
    write_text_file(path, page, Existing::kRefuse);
    return path;
  }

  static void open_ready(Chromium& browser, const std::filesystem::path& page, int width = 1280) {
    browser.open(page, width);
    browser.wait_for("['ready', 'failed'].includes(document.body.dataset.state)");
    ASSERT_EQ(browser.evaluate("byId('complaint').textContent"), "");
  }

  static void drop(Chromium& browser, std::span<const std::byte> file, const std::string& name = "sound.wav") {
    browser.evaluate(
        "(() => { const dropped = new DataTransfer(); dropped.items.add(new File([" + bytes_script(file) + "], '" +
        name +
        "')); document.body.dataset.state = ''; window.dispatchEvent(new DragEvent('drop', { dataTransfer: dropped, "
        "cancelable: true })); })()");
    browser.wait_for("['done', 'failed'].includes(document.body.dataset.state)");
  }
  static void drop_sound(Chromium& browser, std::span<const std::int16_t> pcm, int rate_hz = kRateHz) {
    drop(browser, wav_file(pcm, rate_hz));
  }

  TempDir folder_;
  int pages_ = 0;
};

TEST_F(DemoInBrowser, ScoresOfADroppedFileAreThoseOfThisMachineToTheBit) {
  Chromium browser;
  const std::vector<std::int16_t> pcm = noise_pcm(2 * kRateHz);
  for (const char* name : {"detector", "int8", "sparse", "xnor", "mixed", "grouped_int8", "grouped_xnor", "softmax",
                           "logistic", "rounded_once", "waves3_int8", "waves4_xnor", "added"}) {
    HostDetector detector(listened_model(name == std::string("added") ? with_addition() : tiny_model(name)), {});
    for (int c = 0; c < detector->class_count(); ++c) ASSERT_EQ(detector->set_threshold(c, 0.4f), Status::kOk);
    ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector))) << name;
    browser.evaluate("setThreshold(0.4)");
    drop_sound(browser, pcm);
    const json here = windows_here(detector, pcm), there = browser.evaluate(kWindowsThere);
    ASSERT_GT(here.size(), 10u) << name;
    EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("match those of stapes listen exactly"))
        << name;
    EXPECT_EQ(there, here) << name;
    EXPECT_THAT(browser.errors(), IsEmpty()) << name;
  }
}

TEST_F(DemoInBrowser, ScoresInFloatsAreCloseToThoseOfThisMachine) {
  Chromium browser;
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  HostDetector detector(listened_model(tiny_model("fp32")), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  drop_sound(browser, pcm);
  const json here = windows_here(detector, pcm), there = browser.evaluate(kWindowsThere);
  EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("up to float rounding"));
  ASSERT_EQ(there.size(), here.size());
  for (std::size_t w = 0; w < here.size(); ++w) {
    for (std::size_t i = 1; i <= 4; ++i) {
      ASSERT_NEAR(there[w][i].get<double>(), here[w][i].get<double>(), 2 / 256.0) << "window " << w;
    }
  }
}

TEST_F(DemoInBrowser, MixesChannelsAsThisMachineDoes) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> left = noise_pcm(kRateHz), right(left.rbegin(), left.rend());
  std::vector<std::int16_t> both, mixed;
  for (std::size_t i = 0; i < left.size(); ++i) {
    both.insert(both.end(), {left[i], right[i]});
    mixed.push_back(to_pcm16(static_cast<float>((left[i] / 32768.0 + right[i] / 32768.0) / 2)));
  }
  std::vector<std::byte> file = wav_file(both, kRateHz);
  file[22] = std::byte{2};  // channels
  drop(browser, file);
  EXPECT_EQ(browser.evaluate(kWindowsThere), windows_here(detector, mixed));
}

TEST_F(DemoInBrowser, SaysWhenTheBrowserResamplesAFileOrCannotReadIt) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(16000);
  drop_sound(browser, pcm, 16000);
  EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("decoded or resampled"));
  EXPECT_NEAR(browser.evaluate("session.samples").get<double>(), kRateHz, 100);
  drop(browser, std::as_bytes(std::span(std::string_view("not a sound, but a text"))), "words.txt");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("Cannot read words.txt"));
  drop_sound(browser, std::span(pcm).first(100));
  EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("shorter than a window"));
  EXPECT_EQ(browser.evaluate("byId('complaint').hidden"), true);
}

// The fake microphone plays a file. What reaches the model must be that file's tone, and the scores those that this
// machine gives for the samples that the page received.
TEST_F(DemoInBrowser, ListensToTheMicrophone) {
  constexpr double kToneHz = 500;
  std::vector<std::int16_t> tone;
  for (int i = 0; i < 4 * 48000; ++i)
    tone.push_back(static_cast<std::int16_t>(12000 * std::sin(2 * std::numbers::pi * kToneHz * i / 48000)));
  const auto file = folder_ / "tone.wav";
  write_file(file, wav_file(tone, 48000), Existing::kRefuse);
  Chromium browser({"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                    "--use-file-for-fake-audio-capture=" + file.string(),
                    "--autoplay-policy=no-user-gesture-required"});
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate("openMicrophone()");
  ASSERT_EQ(browser.evaluate("byId('complaint').textContent"), "");
  browser.wait_for("session.samples > 8000 && session.windows.length > 100");
  EXPECT_THAT(browser.evaluate("byId('state').textContent"), HasSubstr("to 8000 Hz"));
  EXPECT_GT(browser.evaluate("parseFloat(byId('speed').textContent)").get<double>(), 1);
  browser.evaluate("closeMicrophone()");
  browser.wait_for("session.windows.length > 0 && session.windows.at(-1).end > session.samples - 48");
  const json heard = browser.evaluate("session.blocks.flatMap((block) => Array.from(block))");
  const auto pcm = heard.get<std::vector<std::int16_t>>();
  EXPECT_EQ(browser.evaluate(kWindowsThere), windows_here(detector, pcm));
  const auto last = std::span(pcm).last(4000);
  int crossings = 0;
  for (std::size_t i = 1; i < last.size(); ++i) crossings += (last[i - 1] < 0) != (last[i] < 0);
  EXPECT_NEAR(crossings * kRateHz / 2.0 / 4000, kToneHz, 10);
  EXPECT_THAT(browser.errors(), IsEmpty());
}

TEST_F(DemoInBrowser, SaysWhenTheMachineIsTooSlow) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate("beginSession('slow'); takeBlock(new Float32Array(1024))");
  EXPECT_EQ(browser.evaluate("[session.samples, byId('complaint').textContent]"), json({1024, ""}));
  browser.evaluate("session.done = -3 * ready.rate; takeBlock(new Float32Array(1024))");
  EXPECT_EQ(browser.evaluate("session.samples"), 1024) << "a block that comes too late is left out";
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("cannot keep up"));
}

TEST_F(DemoInBrowser, SavesSoundAndScores) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  drop_sound(browser, pcm);
  const json saved = browser.evaluate(
      "wavFile(session.blocks, ready.rate).arrayBuffer().then((buffer) => Array.from(new Uint8Array(buffer)))");
  std::vector<std::byte> bytes;
  for (const json& byte : saved) bytes.push_back(static_cast<std::byte>(byte.get<int>()));
  EXPECT_EQ(bytes, wav_file(pcm, kRateHz));
  const std::string csv = browser.evaluate("scoresCsv()");
  EXPECT_EQ(std::ranges::count(csv, '\n'), 1 + static_cast<std::ptrdiff_t>(windows_here(detector, pcm).size()));
  EXPECT_EQ(browser.evaluate("byId('save-sound').disabled || byId('save-scores').disabled"), false);
}

TEST_F(DemoInBrowser, SaysWhatToDoWithoutPermission) {
  Chromium browser({"--use-fake-device-for-media-stream", "--deny-permission-prompts"});
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate("openMicrophone()");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("blocks the microphone for this page"));
  EXPECT_EQ(browser.evaluate("byId('complaint').hidden"), false);
  drop_sound(browser, noise_pcm(kRateHz));  // files still work
  EXPECT_GT(browser.evaluate("session.windows.length"), 10);
  EXPECT_EQ(browser.evaluate("byId('complaint').hidden"), true);
}

TEST_F(DemoInBrowser, SaysWhichBrowserItNeeds) {
  Chromium browser;
  const auto page = write_page(HostDetector(listened_model(), {}));
  browser.open(page, 1280, "WebAssembly.validate = () => false;");
  browser.wait_for("document.body.dataset.state === 'failed'");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("no SIMD"));
  browser.open(page, 1280, "delete window.WebAssembly;");
  browser.wait_for("document.body.dataset.state === 'failed'");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("no WebAssembly"));
}

TEST_F(DemoInBrowser, NamesWhatIsWrongWithItsModel) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  const std::string page = demo_page(detector, "tiny", {}), model = base64(detector.blob());
  const auto with_byte = [&](std::size_t at, int step) {
    std::vector<std::byte> blob(detector.blob().begin(), detector.blob().end());
    blob[at] = static_cast<std::byte>(std::to_integer<int>(blob[at]) + step);
    std::string changed = page;
    return changed.replace(changed.find(model), model.size(), base64(blob));
  };
  browser.open(write_page(with_byte(8, 1)));  // the version
  browser.wait_for("document.body.dataset.state === 'failed'");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("written by a later version"));
  browser.open(write_page(with_byte(200, 1)));
  browser.wait_for("document.body.dataset.state === 'failed'");
  EXPECT_THAT(browser.evaluate("byId('complaint').textContent"), HasSubstr("damaged"));
}

TEST_F(DemoInBrowser, FitsPhonesAndShowsHostileNamesAsText) {
  Chromium browser;
  fb::ModelT model = tiny_detector();
  model.labels = {"</script><img src=x onerror='throw 1'>", "a very long name of a class that has no end in sight"};
  const auto page = write_page(HostDetector(listened_model(model), {}), "</title><script>throw 2</script>");
  for (const int width : {390, 1280}) {
    ASSERT_NO_FATAL_FAILURE(open_ready(browser, page, width));
    drop_sound(browser, noise_pcm(kRateHz));
    EXPECT_EQ(browser.evaluate("document.documentElement.scrollWidth"), width) << "the page scrolls sideways";
    EXPECT_EQ(browser.evaluate("document.images.length"), 0);
    EXPECT_EQ(browser.evaluate("rows[0].row.cells[0].textContent"), model.labels[0]);
    EXPECT_THAT(browser.errors(), IsEmpty());
  }
}

}  // namespace
}  // namespace stapes::test
