// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "audio/decode.h"
#include "audio/wav_file.h"
#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "cli/channel_option.h"
#include "cli/command.h"
#include "cli/detector_options.h"
#include "cli/isa_option.h"
#include "cli/listen_output.h"
#include "listen/audio_dump.h"
#include "listen/listener.h"
#include "listen/pipe_source.h"
#include "listen/portaudio_capture.h"

namespace stapes::cli {
namespace {

namespace fs = std::filesystem;

struct ListenOptions {
  fs::path model;
  std::vector<std::string> sources;
  DetectorOptions detector;
  PcmFormat pcm{.sample_rate_hz = 0};
  std::optional<Channel> channel;
  std::string device;
  bool list_devices = false;
  fs::path dump, save;
  std::optional<Isa> isa;
};

volatile std::sig_atomic_t stop_asked = 0;
bool stopped() { return stop_asked != 0; }

// Without SA_RESTART, a signal interrupts waiting for sound.
void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

void print_devices(bool json) {
  const std::vector<RecordingDevice> devices = recording_devices();
  if (json) {
    nlohmann::json list = nlohmann::json::array();
    for (const RecordingDevice& d : devices) {
      list.push_back({{"number", d.number},
                      {"name", d.name},
                      {"channels", d.channels},
                      {"sample_rate_hz", d.sample_rate_hz},
                      {"default", d.is_default}});
    }
    return print_json(list);
  }
  for (const RecordingDevice& d : devices) {
    print_out("{:>3}{} {}  {} Hz, {} channel{}\n", d.number, d.is_default ? "*" : " ", printable(d.name),
              d.sample_rate_hz, d.channels, d.channels == 1 ? "" : "s");
  }
  if (devices.empty()) print_note("no microphone found\n");
}

// Listens to each source and prints detections.
class Session {
 public:
  Session(const ListenOptions& options, const Common& common)
      : options_(options),
        common_(common),
        detector_(std::make_shared<const HostModel>(options.model, options.isa), options.detector),
        meter_(*detector_, !common.quiet && !common.json) {
    if (!options.dump.empty()) fs::create_directories(options.dump);
  }

  HostDetector& detector() { return detector_; }
  bool failed() const { return failed_; }

  // Reports an unreadable file and returns; the session continues.
  void listen_to_file(const std::string& path) {
    try {
      FileSource file(path, options_.channel.value_or(Channel{}));
      for (const std::string& warning : file.reader().warnings()) notify(warning);
      listen(file, path, false);
    } catch (const Error& error) {
      meter_.clear();
      report_failure(error.what());
      failed_ = true;
    }
  }

  void listen_to_pipe() {
    PcmFormat format = options_.pcm;
    if (format.sample_rate_hz == 0) format.sample_rate_hz = detector_.sample_rate_hz();
    PipeSource pipe(STDIN_FILENO, "standard input", format, options_.channel.value_or(Channel{}), notifier(), stopped);
    listen(pipe, "", false);
  }

  // The default is not a mix, since a virtual device may report far more channels than the microphone has.
  void listen_to_microphone() {
    CaptureRequest request{.device = options_.device};
    if (options_.channel) request.channel = *options_.channel;
    if (options_.pcm.sample_rate_hz > 0) request.sample_rate_hz = options_.pcm.sample_rate_hz;
    LiveSource live([request] { return open_microphone(request); }, notifier(), stopped,
                    [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
    listen(live, "", true);
  }

 private:
  Notify notifier() {
    return [this](const std::string& notice) { notify(notice); };
  }
  void notify(const std::string& notice) {
    meter_.clear();
    print_notice("warning", notice);
  }

  void listen(SoundSource& source, const std::string& name, bool live) {
    Listener listener(
        detector_, source.sample_rate_hz(), [&](const TimedDetection& found) { print(found, name, live); },
        options_.dump.empty() ? Listener::Recent::kForget : Listener::Recent::kKeep);
    listener_ = &listener;
    while (!stopped()) {
      const SoundSource::Block block = source.next();
      if (block.end) break;
      if (block.gap) listener.gap();
      listener.add(block.samples);
      if (meter_.is_due()) meter_.show(listener.take_level());
    }
    if (!stopped()) listener.finish();
    meter_.clear();
    listener_ = nullptr;
    if (listener.windows() == 0 && !stopped()) {
      notify(fmt::format("{} is shorter than a window: {:.3f} s, expected at least {:.3f} s; nothing was scored",
                         name.empty() ? "the sound" : name, seconds_of(listener.samples()),
                         seconds_of(static_cast<std::uint64_t>(detector_->window_samples()))));
    }
  }

  double seconds_of(std::uint64_t samples) const { return static_cast<double>(samples) / detector_.sample_rate_hz(); }

  void print(const TimedDetection& found, const std::string& name, bool live) {
    meter_.clear();
    const std::string label(detector_->label(found.class_index));
    const std::string clock = live ? wall_clock() : "";
    const std::string file = options_.dump.empty() ? "" : keep_sound(found, live ? clock : name, label);
    if (common_.json) {
      nlohmann::ordered_json json;
      if (!name.empty()) json["file"] = name;
      if (live) json["clock"] = clock;
      json["time"] = std::round(found.seconds * 1e6) / 1e6;
      json["sample"] = found.end_sample;
      json["label"] = label;
      json["score"] = std::round(found.score * 1e4) / 1e4;
      if (!file.empty()) json["audio"] = file;
      print_json(json);
    } else {
      const bool many = options_.sources.size() > 1;
      print_out("{}{}{}  {}  {:.3f}\n", many ? printable(name) + ": " : "", live ? clock + "  " : "",
                time_text(found.seconds), printable(label), found.score);
    }
    std::fflush(stdout);
  }

  // Returns an empty path if the file cannot be written.
  std::string keep_sound(const TimedDetection& found, const std::string& source, const std::string& label) {
    const fs::path path =
        options_.dump / dump_name(fs::path(source).filename().string(), found.seconds, label, found.score);
    try {
      write_file(path, wav_file(listener_->recent().last(), detector_.sample_rate_hz()), common_.existing());
      return path.string();
    } catch (const Error& error) {
      notify(fmt::format("cannot save the sound of a detection: {}", error.what()));
      return "";
    }
  }

  const ListenOptions& options_;
  const Common& common_;
  HostDetector detector_;
  LevelLine meter_;
  const Listener* listener_ = nullptr;
  bool failed_ = false;
};

void listen(const ListenOptions& options, const Common& common) {
  if (options.list_devices) return print_devices(common.json);
  if (options.model.empty()) throw UsageError("MODEL is required, except with --devices");
  if (!options.save.empty()) {
    refuse_existing(options.save, common.existing());
    refuse_own_input(options.save, {options.model});
  }
  stop_on_signals();
  Session session(options, common);
  if (!options.save.empty()) {
    session.detector().save(options.save, common.existing());
    if (options.sources.empty()) return;
  }
  if (options.sources.empty()) session.listen_to_microphone();
  for (const std::string& source : options.sources) {
    if (stopped()) break;
    if (source == "-") {
      session.listen_to_pipe();
    } else {
      session.listen_to_file(source);
    }
  }
  if (session.failed()) throw CLI::RuntimeError(1);
}

void add_input_options(CLI::App& command, ListenOptions& options) {
  const Heading heading(command, "Microphone and standard input");
  command.add_flag("--devices", options.list_devices, "List the microphones and exit; * marks the default");
  command.add_option("--device", options.device, "Microphone, by number or part of its name");
  command
      .add_option("--rate", options.pcm.sample_rate_hz,
                  "Sample rate of standard input (default: the model's) or of the microphone (default: its own), in "
                  "Hz")
      ->check(CLI::Range(kMinDecodeRateHz, kMaxDecodeRateHz));
  command.add_option("--channels", options.pcm.channels, "Channels of standard input")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command.add_option_function<std::string>(
      "--encoding",
      [&options](const std::string& text) {
        options.pcm.encoding = parse_name<SampleEncoding>(text, "--encoding value");
      },
      "Sample format of standard input, little-endian " + braced(names_of<SampleEncoding>()) + " (default s16)");
  add_channel(command, options.channel, "; microphone: 1");
}

}  // namespace

void add_listen_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ListenOptions>();
  CLI::App* command = add_common(app, "stapes listen int8.stapes --threshold yes=0.9 --average 300", common);
  command->add_option("MODEL", options->model, "Packed audio model (.stapes)");
  command
      ->add_option("SOURCES", options->sources,
                   "Sound files of any length, or - for raw samples on standard input (default: a microphone)")
      ->type_name(kPathType);
  add_input_options(*command, *options);
  command->add_option("--dump-audio", options->dump, "Folder for the sound of each detection, as WAV");
  command->add_option("--save", options->save,
                      "Model to write with these detector settings; without SOURCES, nothing else is done");
  add_detector_options(*command, options->detector);
  add_isa(*command, options->isa);
  add_force(*command, common);
  command->callback([=] { listen(*options, *common); });
}

}  // namespace stapes::cli
