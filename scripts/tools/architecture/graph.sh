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

# What deny.toml allows, a line each, without spaces.
allowed_licences() {
  awk '/^allow = \[/ { inside = 1; next } inside && /^\]/ { exit } inside' deny.toml | sed -E 's/^ *"([^"]+)".*/\1/; s/ /_/g'
}

# is_allowed EXPRESSION: whether an SPDX expression (or the older form with slashes) can be kept with what deny.toml allows.
is_allowed() {
  local expression word sum=''
  expression=${1//\// OR }
  expression=${expression// WITH /_WITH_}
  for word in $(sed 's/[()]/ & /g' <<<"$expression"); do
    case $word in
      OR) sum+=' || ' ;;
      AND) sum+=' && ' ;;
      '(' | ')') sum+=$word ;;
      *) if has "$allowed" "$word"; then sum+=1; else sum+=0; fi ;;
    esac
  done
  ((sum))
}

licences_are_permissive() {
  local all crate licence allowed
  allowed=$(allowed_licences)
  all=$(cargo tree -q --locked --workspace -e normal,build,dev --prefix none --format '{p}|{l}' | awk 'NF' | sort -u)
  while IFS='|' read -r crate licence; do
    licence=${licence% (\*)}
    if [[ -z $licence ]]; then
      breach "every dependency states a licence" "$crate: choose another, or ask its authors"
    elif ! is_allowed "$licence"; then
      breach "dependencies have a licence that deny.toml allows" "$crate is $licence: choose another, or allow it there if it is permissive"
    fi
  done <<<"$all"
}

# Everything comes from where deny.toml lets it come from: the registry, and no repository of somebody's.
sources_are_known() {
  local found
  found=$(grep '^source = ' Cargo.lock | sort -u | grep -v '"registry+https://github.com/rust-lang/crates.io-index"' || true)
  [[ -z $found ]] || breach "every dependency comes from crates.io" "$found"
}

# The same lists once more, and yanked versions and known vulnerabilities, where cargo-deny and its database are at hand.
cargo_deny_agrees() {
  if ! command -v cargo-deny >/dev/null; then
    say "note: cargo-deny is not installed: licences and sources are checked against deny.toml, vulnerabilities are not"
    return
  fi
  cargo deny --offline check licenses bans sources || breach "cargo deny agrees" "see above"
  cargo deny --offline check advisories || say "note: cargo deny check advisories failed; without its database it cannot pass offline"
}
