// SPDX-License-Identifier: Apache-2.0
// known_leaks.cpp: what the leak check of an ASan build must not blame on us. Linked into tests that feed broken files
// to other people's decoders.

// libsndfile 1.2.0 forgets what libvorbis allocated when it gives up on a broken Ogg file: some 6 KB each.
extern "C" const char* __lsan_default_suppressions();  // called by the sanitizer's runtime, by this name
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\n"; }
