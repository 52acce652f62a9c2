// SPDX-License-Identifier: Apache-2.0
// conv_tolerance.h: error bound of a float sum.
#pragma once

#include <cmath>

namespace stapes::test {

// |error| <= (n - 1) u sum|x_i| in any order, plus one u for the products (Higham, Accuracy and Stability of Numerical
// Algorithms, section 4.2). u = 2^-24; `magnitude` is sum |x_i|.
inline double sum_tolerance(double terms, double magnitude) { return terms * 0x1p-24 * magnitude * 1.01; }

}  // namespace stapes::test
