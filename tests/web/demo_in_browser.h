// SPDX-License-Identifier: Apache-2.0
// demo_in_browser.h: opens the page in a real browser, headless Chromium, for the tests that compare it with the
// detector on this machine.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/pcm16.h"
#include "audio/wav_file.h"
#include "base/process.h"
#include "listen/listened_model.h"
#include "support/chromium.h"
#include "web/base64.h"
#include "web/demo_page.h"
#include "web/page_module.h"

namespace stapes::test {

inline constexpr int kRateHz = 8000;

// For each window: its end, scores, means and detected class (-1: none).
inline nlohmann::json windows_here(HostDetector& detector, std::span<const std::int16_t> pcm) {
  nlohmann::json windows = nlohmann::json::array();
  std::uint64_t samples = 0;
  while (!pcm.empty()) {
    Detection detection;
    const auto [taken, scored, detected] = detector->push_pcm(pcm, detection);
    pcm = pcm.subspan(taken);
    samples += taken;
    if (!scored) continue;
    nlohmann::json window = {samples};
    for (int c = 0; c < detector->class_count(); ++c) window.push_back(detector->score(c));
    for (int c = 0; c < detector->class_count(); ++c) window.push_back(detector->mean(c));
    window.push_back(detected ? detection.class_index : -1);
    windows.push_back(window);
  }
  return windows;
}

inline constexpr const char* kWindowsThere = "session.windows.map((w) => [w.end, ...w.scores, ...w.means, w.detected])";

inline std::vector<std::int16_t> noise_pcm(int samples) {
  std::vector<std::int16_t> pcm;
  for (const float sample : noise(samples)) pcm.push_back(to_pcm16(sample));
  return pcm;
}

inline std::string bytes_script(std::span<const std::byte> bytes) {
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

}  // namespace stapes::test
