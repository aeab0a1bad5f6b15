# shellcheck shell=bash
# Starting and ending the servers' processes. Needs messages.sh.

ports_given=' '

# free_port NAME: sets NAME to a TCP port of 127.0.0.1 on which nobody listens and that was not given before.
# Below 32768, where the kernel takes the ports of clients from.
free_port() {
  local candidate
  while :; do
    candidate=$((RANDOM % 12000 + 20000))
    [[ $ports_given != *" $candidate "* ]] || continue
    (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || break
  done
  ports_given+="$candidate "
  printf -v "$1" '%s' "$candidate"
}

# random_word NAME: sets NAME to 24 random characters that need no escaping in a URL.
random_word() {
  printf -v "$1" '%s' "$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')"
}

# spawn LOG SIGNAL [SETPRIV OPTION…] COMMAND…: starts a server as a child, its process id is $!. In a session of its
# own, so that Ctrl-C does not reach it before the tests that use it; the kernel sends SIGNAL when this script is killed.
spawn() {
  local log=$1 signal=$2
  shift 2
  setsid setpriv --pdeathsig "$signal" "$@" </dev/null >"$log" 2>&1 &
}

# await NAME PID LOG SECONDS CONDITION…: until the condition holds; fails with the end of the log.
await() {
  local name=$1 pid=$2 log=$3 deadline=$((SECONDS + $4))
  shift 4
  until "$@" >/dev/null 2>&1; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 30 "$log" >&2
      fail "$name did not start; the end of its log is above"
    fi
    sleep 0.1
  done
}

# end PID SIGNAL: sends the signal and waits; what is still there 10 s later is killed. A negative PID is a group.
end() {
  local pid=$1 deadline=$((SECONDS + 10))
  kill -s "$2" -- "$pid" 2>/dev/null || return 0
  while kill -0 -- "$pid" 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      kill -s KILL -- "$pid" 2>/dev/null
      break
    fi
    sleep 0.05
  done
}
