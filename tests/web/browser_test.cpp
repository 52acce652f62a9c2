// SPDX-License-Identifier: Apache-2.0
// Compares the page in a real browser, headless Chromium, with the detector on this machine.
#include "web/demo_in_browser.h"

namespace stapes::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

// An 8-bit model that adds the output of conv3 to itself.
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

// The first file is still being read when the second is dropped, and finishes after it.
TEST_F(DemoInBrowser, OfTwoFilesTheLastCounts) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  browser.evaluate(
      "window.first = openFile({ name: 'slow.wav', arrayBuffer: () => new Promise((done, fail) => (window.end = { "
      "done, fail })) }); 0");
  drop_sound(browser, pcm);
  const json here = windows_here(detector, pcm);
  browser.evaluate("end.done(wavFile([new Int16Array(16000)], ready.rate).arrayBuffer()); first");
  EXPECT_EQ(browser.evaluate("session.name"), "sound.wav");
  EXPECT_EQ(browser.evaluate(kWindowsThere), here);
  browser.evaluate(
      "window.first = openFile({ name: 'slow.wav', arrayBuffer: () => new Promise((done, fail) => (window.end = { "
      "done, fail })) }); 0");
  drop_sound(browser, pcm);
  browser.evaluate("end.fail(new Error('gone')); first");
  EXPECT_EQ(browser.evaluate("byId('complaint').textContent"), "");
  EXPECT_EQ(browser.evaluate("document.body.dataset.state"), "done");
}

TEST_F(DemoInBrowser, TakesTheSameFileAgain) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const auto file = folder_ / "chosen.wav";
  write_file(file, wav_file(noise_pcm(kRateHz), kRateHz), Existing::kRefuse);
  for (const int number : {1, 2}) {
    browser.choose_file("#file", file);
    browser.wait_for("session.number === " + std::to_string(number) + " && session.done === session.samples");
    EXPECT_EQ(browser.evaluate("session.name"), "chosen.wav");
  }
}

// A long file is scored, drawn and saved completely. From a microphone, only the last two minutes are kept.
TEST_F(DemoInBrowser, KeepsLongFilesWholeAndTheLastTwoMinutesOfAMicrophone) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  browser.evaluate(
      "window.drawn = 0; const fill = CanvasRenderingContext2D.prototype.fillRect;"
      "CanvasRenderingContext2D.prototype.fillRect = function (...box) { ++drawn; fill.apply(this, box); }; 0");
  const std::vector<std::int16_t> pcm = noise_pcm(150 * kRateHz);
  drop_sound(browser, pcm);
  const std::size_t windows = windows_here(detector, pcm).size();
  ASSERT_GT(windows, 3000u);
  EXPECT_EQ(browser.evaluate("session.windows.length"), windows);
  EXPECT_EQ(browser.evaluate("heardWav().size"), 44 + 2 * pcm.size());
  EXPECT_EQ(browser.evaluate("session.columns[0].end < 2 * 8000 && session.columns.at(-1).end > 149 * 8000"), true);
  EXPECT_EQ(browser.evaluate("session.highest"),
            browser.evaluate("facts.labels.map((_, c) => Math.max(...session.windows.map((w) => w.means[c])))"));
  browser.evaluate("drawn = 0; draw()");
  EXPECT_LE(browser.evaluate("drawn").get<int>(), 1010 * detector->class_count()) << "more than a column each";
  browser.evaluate(
      "listenLive(); for (let s = 0; s < 300; ++s) { session.done = session.samples; takeBlock(new "
      "Float32Array(8000)); }");
  browser.wait_for("session.done === session.samples && session.windows.length > 0");
  EXPECT_EQ(browser.evaluate("heardWav().size"), 44 + 2 * 120 * kRateHz);
  EXPECT_EQ(browser.evaluate("scoresCsv().split('\\n').length - 2"),
            browser.evaluate("Math.ceil(120 * ready.rate / ready.hopSamples)"));
  EXPECT_LE(browser.evaluate("session.windows.length * ready.hopSamples").get<double>(), 241 * kRateHz);
}

TEST_F(DemoInBrowser, TheEndOfTheSliderIsOff) {
  Chromium browser;
  fb::ModelT model = tiny_detector();
  const HostDetector detector(listened_model(model), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::string slide =
      "byId('threshold').value = LEVEL; byId('threshold').dispatchEvent(new Event('input'));"
      "byId('level').textContent";
  const auto slide_to = [&](const std::string& level) {
    std::string script = slide;
    return browser.evaluate(script.replace(script.find("LEVEL"), 5, level));
  };
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  EXPECT_EQ(slide_to("1"), "off");
  EXPECT_EQ(browser.evaluate("thresholds.every((t) => t > 1)"), true);
  drop_sound(browser, pcm);
  EXPECT_EQ(browser.evaluate("session.windows.every((w) => w.detected < 0)"), true);
  EXPECT_EQ(slide_to("0.01"), "0.01");
  drop_sound(browser, pcm);
  EXPECT_EQ(browser.evaluate("session.windows.some((w) => w.detected >= 0)"), true);
}

TEST_F(DemoInBrowser, SaysWhenItListsNotAllDetections) {
  Chromium browser;
  const HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::string detect =
      "for (let n = 0; n < 1000; ++n) showDetection({ end: n * ready.rate, detected: 0, detectedScore: 1 });";
  const std::string seen =
      "[byId('detections').tBodies[0].rows.length, byId('older').hidden, "
      "byId('detections').tBodies[0].rows[0].cells[0].textContent]";
  EXPECT_EQ(browser.evaluate(detect + seen), json({1000, true, "16:39.00"}));
  EXPECT_EQ(browser.evaluate("showDetection({ end: 0, detected: 0, detectedScore: 1 });" + seen),
            json({1000, false, "0:00.00"}));
  drop_sound(browser, noise_pcm(kRateHz));
  EXPECT_EQ(browser.evaluate("byId('older').hidden"), true);
}

// Tests the helper class Chromium.
TEST_F(DemoInBrowser, ABrowserThatEndsIsAnErrorAndLeavesNothing) {
  Chromium browser;
  browser.kill();
  EXPECT_THROW(browser.evaluate("1"), std::runtime_error);
  EXPECT_THROW(Chromium({"--version"}), std::runtime_error);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
}

TEST_F(DemoInBrowser, SavesSoundAndScores) {
  Chromium browser;
  HostDetector detector(listened_model(), {});
  ASSERT_NO_FATAL_FAILURE(open_ready(browser, write_page(detector)));
  const std::vector<std::int16_t> pcm = noise_pcm(kRateHz);
  drop_sound(browser, pcm);
  const json saved = browser.evaluate("heardWav().arrayBuffer().then((buffer) => Array.from(new Uint8Array(buffer)))");
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
  browser.open(write_page(with_byte(8, 1)));  // the format version
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
