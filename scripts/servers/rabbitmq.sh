# shellcheck shell=bash
# A private, throw-away RabbitMQ. Needs messages.sh and processes.sh.

rabbitmq_server=
rabbitmq_pid=
epmd_pid=
rabbitmq_log=

# Finds RabbitMQ's own start program: sets rabbitmq_server, or fails. Not the one on Debian's PATH: that is a
# wrapper which changes user and folder.
find_rabbitmq() {
  local file
  command -v epmd >/dev/null || return 1
  for file in /usr/lib/rabbitmq/bin/rabbitmq-server /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server; do
    if [[ -x $file ]]; then
      rabbitmq_server=$file
      return
    fi
  done
  return 1
}

# launch_rabbitmq FOLDER: starts a broker whose files are in FOLDER/rabbitmq and sets AMQP_URL; it takes seconds
# to be ready, which await_rabbitmq waits for.
launch_rabbitmq() {
  local home=$1/rabbitmq port dist_port epmd_port password
  rabbitmq_log=$1/rabbitmq.log
  free_port port
  free_port dist_port
  free_port epmd_port
  random_word password
  install -d -m 700 "$home" "$home/schema"
  (umask 077 && printf 'default_user = hookyard\ndefault_pass = %s\n' "$password" >"$home/rabbitmq.conf")
  echo '[].' >"$home/enabled_plugins"
  : >"$home/environment"
  # Erlang's name service. Without one the broker starts it as a daemon that outlives it.
  spawn "$1/epmd.log" TERM epmd -address 127.0.0.1 -port "$epmd_port"
  epmd_pid=$!
  # An environment of its own: RABBITMQ_… of the caller would lead it to other files. ALLOW_INPUT makes the start
  # program become the broker instead of watching over it, so that the process id is the broker's.
  spawn "$rabbitmq_log" TERM env -i -C "$home" \
    PATH="$PATH" HOME="$home" LANG=C.UTF-8 \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" \
    RABBITMQ_NODENAME="hookyard$port@localhost" RABBITMQ_DIST_PORT="$dist_port" \
    RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_CONF_ENV_FILE="$home/environment" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_SCHEMA_DIR="$home/schema" RABBITMQ_GENERATED_CONFIG_DIR="$home/schema" \
    RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home/log" RABBITMQ_LOGS=- \
    RABBITMQ_PID_FILE="$home/pid" RABBITMQ_ALLOW_INPUT=1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}" \
    "$rabbitmq_server"
  rabbitmq_pid=$!
  export AMQP_URL="amqp://hookyard:$password@127.0.0.1:$port/%2f"
}

await_rabbitmq() {
  await RabbitMQ "$rabbitmq_pid" "$rabbitmq_log" 120 grep -q 'Server startup complete' "$rabbitmq_log"
}

stop_rabbitmq() {
  [[ -z $rabbitmq_pid ]] || end "$rabbitmq_pid" TERM
  [[ -z $epmd_pid ]] || end "$epmd_pid" TERM
}
