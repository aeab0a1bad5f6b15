# shellcheck shell=bash
# A private, throw-away PostgreSQL. Needs messages.sh and processes.sh.

postgres_bin=
postgres_pid=

# Finds the newest PostgreSQL of this machine: sets postgres_bin, or fails.
find_postgres() {
  local folder
  while read -r folder; do
    if [[ -x $folder/initdb && -x $folder/postgres && -x $folder/pg_isready ]]; then
      postgres_bin=$folder
      return
    fi
  done < <(
    printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV # Debian
    pg_config --bindir 2>/dev/null
  )
  return 1
}

# start_postgres FOLDER DURABLE: starts a server whose files are in FOLDER/postgres and sets DATABASE_URL.
start_postgres() {
  local home=$1/postgres durable=$2 port password identity=()
  local options=(-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300)
  [[ $durable == yes ]] || options+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  free_port port
  random_word password
  install -d -m 700 "$home"
  (umask 077 && printf '%s\n' "$password" >"$home/password")
  if [[ $EUID -eq 0 ]]; then # it refuses to run as root
    local user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    identity=("--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    chown -R "$user" "$home"
  fi
  setpriv --pdeathsig TERM "${identity[@]}" env -C "$home" "$postgres_bin/initdb" -D data -U hookyard \
    --pwfile=password --auth=password -E UTF8 --no-locale --no-sync </dev/null >"$1/initdb.log" 2>&1 ||
    { cat "$1/initdb.log" >&2 && fail "initdb failed"; }
  # INT is PostgreSQL's fast shutdown: it does not wait for clients.
  spawn "$1/postgres.log" INT "${identity[@]}" \
    env -C "$home" "$postgres_bin/postgres" -D data -p "$port" "${options[@]}"
  postgres_pid=$!
  await PostgreSQL "$postgres_pid" "$1/postgres.log" 60 "$postgres_bin/pg_isready" -h 127.0.0.1 -p "$port"
  export DATABASE_URL="postgres://hookyard:$password@127.0.0.1:$port/postgres"
}

stop_postgres() {
  [[ -z $postgres_pid ]] || end "$postgres_pid" INT
}
