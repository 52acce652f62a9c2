// The 8-bit convolutions on Armv8.1-M with vectors (narrow/narrow_machine_mve.h).
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/narrow/narrow_finish.h"
#include "kernels/narrow/narrow_machine_mve.h"

namespace stapes {

void conv_i8_mve(const ConvI8Args<int8_t, int8_t>& a) noexcept { narrow_conv<MveMachine<MveByteSizes>>(a); }
void conv_i8_from_i16_mve(const ConvI8Args<int16_t, int8_t>& a) noexcept { narrow_conv<MveMachine<MveWordSizes>>(a); }
void conv_i8_i16_mve(const ConvI8Args<int16_t, int16_t>& a) noexcept { narrow_conv<MveMachine<MveWordSizes>>(a); }
void conv_i8_bits_mve(const ConvI8BitsArgs& a) noexcept { narrow_conv<MveMachine<MveWordSizes>>(a); }

}  // namespace stapes
