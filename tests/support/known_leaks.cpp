// SPDX-License-Identifier: Apache-2.0
// known_leaks.cpp: leaks in third-party code that an ASan build must ignore. For tests that feed broken files to
// third-party decoders.

// libsndfile 1.2.0 leaks libvorbis allocations when it rejects a broken Ogg file: about 6 KB per file.
extern "C" const char* __lsan_default_suppressions();  // the sanitizer's runtime calls it by name
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }
