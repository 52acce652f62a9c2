// SPDX-License-Identifier: Apache-2.0
// data_folder.h: lists the contents of an importer's folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// A skipped file, or folder with all its contents.
struct SkippedFile {
  std::string name;
  std::string reason;
};

// The end of a message, "; first file or folder skipped: ...", or empty.
std::string first_skipped(const std::vector<SkippedFile>& skipped);

// The visible folders directly in `dir`, in byte order. Adds broken links and links back to `dir` to `skipped`. Throws
// Error if `dir` is not a folder or cannot be opened.
std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

std::vector<std::filesystem::path> class_folders(const std::filesystem::path& dir);

// Visible files below `dir` at any depth, in byte order. Adds unreadable folders and links to folders (possible cycles)
// to `skipped`.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& dir, std::vector<SkippedFile>& skipped);

// False if the answer cannot be determined.
bool is_folder(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);

// The folder in `dir` if it is the only entry, as after unpacking an archive.
std::optional<std::filesystem::path> only_folder_in(const std::filesystem::path& dir);

// Where importers look for a data set: `dir`, and only_folder_in(dir) if any.
std::vector<std::filesystem::path> roots_of(const std::filesystem::path& dir);

// "audio/, meta/, README.md": the first few names in `dir`, for messages.
std::string contents_of(const std::filesystem::path& dir);

// By extension: .wav, .ogg, .flac or .mp3 for sound; .png, .jpg or .jpeg for images.
bool is_recording(const std::filesystem::path& path);
bool is_picture(const std::filesystem::path& path);

// `listed` if it exists, otherwise the same name with another sound extension: releases use different codecs.
std::optional<std::filesystem::path> find_recording(const std::filesystem::path& listed);

// Whether a file name from a list stays inside the data set's folder.
bool stays_inside(const std::string& name);

}  // namespace stapes
