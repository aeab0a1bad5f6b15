# shellcheck shell=bash
# What compiling needs. Needs messages.sh and packages.sh.

# Puts cargo on the PATH, also where no login shell did it.
need_cargo() {
  command -v cargo >/dev/null && return
  local home=${CARGO_HOME:-~/.cargo}
  [[ -x $home/bin/cargo ]] || fail \
    "cargo is missing: install Rust from https://rustup.rs" \
    "(the oldest version that works is rust-version in Cargo.toml; the packages of Debian 12 are too old)"
  export PATH="$home/bin:$PATH"
}

# SQLite and parts of TLS are compiled from C.
need_c_compiler() {
  command -v cc >/dev/null || install_packages gcc libc6-dev
}
