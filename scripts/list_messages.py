#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists the texts in the C++ sources that a user may read (messages, help, reports, comments of exports), one per line:
FILE:LINE: TEXT. Reading the list from top to bottom shows where the voice or a term changes. Placeholders stay as {}.

Usage: scripts/list_messages.py [--comments] [--sample N] [--shuffle] [--seed N] [FOLDER ...]
"""
import argparse
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["src", "include", "firmware"]
SUFFIXES = {".cpp", ".h", ".c"}
COMMENT_FOLDERS = FOLDERS + ["tests", "bench", "examples", "scripts", "cmake"]

TOKEN = re.compile(
    r'//(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/'
    r'|R"(?P<mark>[^()\s\\]{0,16})\((?P<raw>.*?)\)(?P=mark)"'
    r'|"(?P<text>(?:[^"\\\n]|\\.)*)"'
    r"|(?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'",  # not the separators of 1'000
    re.DOTALL)
NO_PROSE = re.compile(r"SPDX|namespace \S* ?\{")
END_OF_NAMESPACE = re.compile(r"namespace( [\w:]+)?$")
ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}


def unescaped(text):
    return re.sub(r'\\[nt"\\]', lambda match: ESCAPES[match.group()], text)


def texts_and_comments(source):
    """Yields (line, kind, text). String literals separated by white space are one text; so are the lines of a comment.
    """
    pending = None
    end = 0
    for match in TOKEN.finditer(source):
        kind = match.lastgroup
        if kind == "text" and re.search(r"#\s*include\s*$", source[:match.start()].rsplit("\n", 1)[-1]):
            continue
        if kind in ("text", "raw"):
            found = ("text", unescaped(match["text"]) if kind == "text" else match["raw"])
        elif kind in ("line", "block"):
            found = ("comment", (match["line"] or match["block"] or "").strip().lstrip("*").strip())
        else:
            continue
        if found[0] == "comment" and END_OF_NAMESPACE.match(found[1]):
            continue
        between = source[end:match.start()]
        joined = pending is not None and pending[1] == found[0] and not between.strip()
        if found[0] == "comment" and between.count("\n") > 1:  # a blank line
            joined = False
        if joined:
            pending[2] += ("" if found[0] == "text" else " ") + found[1]
        else:
            if pending:
                yield tuple(pending)
            pending = [source.count("\n", 0, match.start()) + 1, *found]
        end = match.end()
    if pending:
        yield tuple(pending)


def is_prose(text, is_kernel):
    """Whether the text has two words of two letters or more, not counting names with _ or / and options.
    Outside kernels, which contain assembly, one such word with more around it is enough: "no {}".
    """
    words = re.findall(r"(?<![\w/.{-])[A-Za-z]{2,}(?![\w/])", text)
    return len(words) >= 2 or (len(words) == 1 and " " in text.strip() and not is_kernel)


def listing(folders, comments):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in SUFFIXES or "schema" in path.parts:
                continue
            is_kernel = "kernels" in path.parts
            for line, kind, text in texts_and_comments(path.read_text(encoding="utf-8")):
                if kind != ("comment" if comments else "text") or NO_PROSE.match(text):
                    continue
                if is_prose(text, is_kernel):
                    yield f"{path.relative_to(ROOT)}:{line}: " + " ".join(text.split())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", action="store_true", help="list comments instead")
    parser.add_argument("--sample", type=int, metavar="N", help="draw N of them")
    parser.add_argument("--shuffle", action="store_true", help="in random order")
    parser.add_argument("--seed", type=int, default=1, help="of the draw and the order (default %(default)s)")
    parser.add_argument("folders", nargs="*", help="default: " + " ".join(FOLDERS))
    options = parser.parse_args()
    lines = list(listing(options.folders or (COMMENT_FOLDERS if options.comments else FOLDERS), options.comments))
    if options.sample is not None or options.shuffle:
        count = len(lines) if options.sample is None else min(options.sample, len(lines))
        lines = random.Random(options.seed).sample(lines, count)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
