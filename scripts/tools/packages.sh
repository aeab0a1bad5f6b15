# shellcheck shell=bash
# Debian packages that a script needs and does not find. Needs messages.sh.

# install_packages PACKAGE…: installs them when that is possible (root, apt), else says what to install.
install_packages() {
  [[ $# -gt 0 ]] || return 0
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    fail "missing: $*" \
      "On Debian or Ubuntu: sudo apt-get install --no-install-recommends $*" \
      "Elsewhere: install what they contain, or set DATABASE_URL and AMQP_URL to servers that run."
  fi
  say "installing: $*"
  without_starting_daemons apt_get_install "$@" >&2 </dev/null
}

apt_get_install() {
  # A fresh machine may still be busy with its own updates: wait for the lock.
  local options=(-qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  export DEBIAN_FRONTEND=noninteractive
  apt-get "${options[@]}" update
  apt-get "${options[@]}" install -y --no-install-recommends "$@"
}

# Packages of servers start them when they are installed; /usr/sbin/policy-rc.d is how Debian is told not to.
# The subshell gives the removal a trap of its own, so that it happens on failure and on Ctrl-C too.
without_starting_daemons() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  "$@"
)
