// SPDX-License-Identifier: Apache-2.0
// channel_option.h: --channel left|right|mix|N.
#pragma once

#include <string>

#include "audio/decode.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/cli11.h"

namespace stapes::cli {

// Throws UsageError if `text` does not name a channel.
inline Channel parse_channel(const std::string& text) {
  if (text == "mix") return {0};
  if (text == "left") return {1};
  if (text == "right") return {2};
  const std::optional<int> number = number_in<int>(text);
  if (!number || *number < 1 || *number > 1024) {
    throw UsageError("unknown --channel value '{}'; choose mix, left, right or a number from 1 to 1024", text);
  }
  return {*number};
}

// `channel`: a Channel, or an optional one if the default depends on the source; `more` describes that default.
template <class Target>
CLI::Option* add_channel(CLI::App& command, Target& channel, const std::string& more = "") {
  return command
      .add_option_function<std::string>(
          "--channel", [&channel](const std::string& text) { channel = parse_channel(text); },
          "Channel to read {mix, left, right}, or a number from 1 to 1024 (default mix: the mean of all channels" +
              more + ")")
      ->type_name("CHANNEL");
}

}  // namespace stapes::cli
