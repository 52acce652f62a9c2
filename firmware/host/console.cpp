// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "print.h"

namespace firmware {

void print(const char* text) { fputs(text, stdout); }

}  // namespace firmware
