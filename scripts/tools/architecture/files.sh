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

# Somebody's home means nothing to anybody else.
nothing_points_outside() {
  local hit outside='(^|[^[:alnum:]_.~-])/(home|root|Users)/'
  while IFS= read -r hit; do
    breach "no file names a path outside the repository" "$hit"
  done < <(repository_files | tr '\n' '\0' | xargs -0 grep -InE -e "$outside" -- /dev/null | cut -c 1-160)
}
