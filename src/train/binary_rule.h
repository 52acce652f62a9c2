// binary_rule.h: how binary layers learn. Without libtorch, so that a config can name it.
#pragma once

namespace stapes {

//   kPaper    the published rule. Its factor (1 - 1/C) gives a layer with one input channel (conv3) no gradient while
//             weight decay shrinks it, so conv3 dies in long runs.
//   kDefault  without that factor, without weight decay on binary weights, and with the sign a device has.
enum class BinaryRule { kPaper, kDefault };

}  // namespace stapes
