# shellcheck shell=bash
# What scripts say, on standard error: standard output belongs to the command that they run.

say() {
  printf '%s\n' "$*" >&2
}

# Says what is wrong and what to do about it, one line per argument, and ends the script.
fail() {
  printf '%s\n' "$@" >&2
  exit 1
}
