# shellcheck shell=bash
# Rules about the graph of crates, for scripts/check-architecture (which has breach).
# What cargo prints goes into a variable first: that way a cargo that fails ends the script, instead of looking empty.

members=             # the crates of the workspace, a line each
declare -A below     # crate → all that it depends on, over any number of steps
declare -A direct    # crate → what its manifest names

# names ARGUMENT…: the names in what cargo tree prints, a line each, without test dependencies.
names() {
  cargo tree -q --locked -e normal,build --prefix none --format '{p}' "$@" | awk 'NF { print $1 }' | sort -u
}

# has LINES LINE: whether the line is one of the lines.
has() {
  [[ $'\n'$1$'\n' == *$'\n'"$2"$'\n'* ]]
}

# lines ARGUMENT…: one line each.
lines() {
  printf '%s\n' "$@"
}

# A new crate has no rules yet, so it has to be named here first.
members_are() {
  local member
  members=$(names --workspace --depth 0)
  for member in $members; do
    below[$member]=$(names -p "$member")
    direct[$member]=$(names -p "$member" --depth 1)
    has "$(lines "$@")" "$member" || breach "every crate of the workspace has its rules in scripts/check-architecture" \
      "$member: add it to members_are, and a may_see line"
  done
}

may_see() {
  local crate=$1 other
  shift
  for other in $members; do
    ! has "${below[$crate]}" "$other" || has "$(lines "$crate" "$@")" "$other" ||
      breach "$crate may see only: ${*:-no other crate of ours}" \
        "it sees $other: cargo tree -p $crate -i $other shows the way"
  done
}

only_in() {
  local dependency=$1 member
  shift
  for member in $members; do
    [[ $member != hookyard-test* && $member != hookyard-benches ]] || continue # they are no part of the product
    ! has "${direct[$member]}" "$dependency" || has "$(lines "$@")" "$member" ||
      breach "$dependency is used only in: $*" "$member names it in its Cargo.toml: move the code that needs it"
  done
}

never_below() {
  local crate=$1 dependency
  shift
  for dependency in "$@"; do
    ! has "${below[$crate]}" "$dependency" || breach "$crate does not depend on $dependency, however far below" \
      "cargo tree -p $crate -i $dependency shows the way"
  done
}

# never_locked 'NAME [START OF VERSION]' REASON. The lock file holds all platforms and features, so it is stricter than a tree.
never_locked() {
  local found
  found=$(awk -F'"' -v banned="$1" '
    /^name = / { name = $2 }
    /^version = / {
      split(banned, want, " ")
      if (name == want[1] && (want[2] == "" || index($2, want[2] ".") == 1)) print name "@" $2
    }' Cargo.lock)
  [[ -z $found ]] || breach "no $1 in the graph: $2" "cargo tree --workspace --target all -i $found shows who asks for it"
}

licences_are_permissive() {
  local all crate licence
  all=$(cargo tree -q --locked --workspace -e normal,build,dev --prefix none --format '{p}|{l}' | awk 'NF' | sort -u)
  while IFS='|' read -r crate licence; do
    if [[ -z ${licence% (\*)} ]]; then
      breach "every dependency states a licence" "$crate: choose another, or ask its authors"
    elif [[ $licence =~ GPL|SSPL|BUSL ]] && ! [[ $licence =~ MIT|Apache|BSD|ISC|Zlib ]]; then
      breach "dependencies are permissively licensed" "$crate is $licence: choose another"
    fi
  done <<<"$all"
}
