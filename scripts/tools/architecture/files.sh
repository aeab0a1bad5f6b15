# shellcheck shell=bash
# Rules about the files of the repository, for scripts/check-architecture (which has breach).

# The files of the repository, also those not yet added; without git (an unpacked archive), all but what is built.
repository_files() {
  local file
  {
    git -c "safe.directory=$PWD" ls-files -co --exclude-standard 2>/dev/null ||
      find . \( -path ./target -o -path ./data -o -path ./.git \) -prune -o -type f -printf '%P\n'
  } | while IFS= read -r file; do
    [[ ! -f $file ]] || printf '%s\n' "$file"
  done
}

# rust_files_are_short WARN LIMIT: in lines. The table definitions are one list, whatever its length.
rust_files_are_short() {
  local file length
  while IFS= read -r file; do
    length=$(wc -l <"$file")
    if ((length > $2)); then
      breach "no Rust file has more than $2 lines (schema.rs may)" "$file has $length: split it by noun or operation"
    elif ((length > $1)); then
      say "note: $file has $length lines: time to think about splitting it"
    fi
  done < <(repository_files | grep '\.rs$' | grep -v '/schema\.rs$')
}

# Absolute paths of somebody's machine, and folders beside the repository, mean nothing to anybody else.
nothing_points_outside() {
  local hit outside='(^|[^[:alnum:]_.~-])/(work|home|root|Users)/|\.\./shared'
  while IFS= read -r hit; do
    breach "no file names a path outside the repository" "$hit"
  done < <(repository_files | tr '\n' '\0' | xargs -0 grep -InE -e "$outside" -- /dev/null | cut -c 1-160)
}
