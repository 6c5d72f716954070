#!/usr/bin/env bash
# Starts the machine's own RabbitMQ (Debian: apt-get install rabbitmq-server) as a node on loopback.
#
#   start-rabbitmq.sh PORT DATA_DIR      in the foreground; TERM or Ctrl-C stops it
#
# Prints "rabbitmq ready: HOST:PORT pid=PID version=VERSION" once it listens; PID is the broker's own process.
set -euo pipefail

if [ $# -ne 2 ]; then
    echo "start-rabbitmq.sh: name a port and a data folder: start-rabbitmq.sh PORT DATA_DIR" >&2
    exit 2
fi
server=/usr/lib/rabbitmq/bin/rabbitmq-server
if [ ! -x "$server" ]; then
    echo "start-rabbitmq.sh: there is no $server; install RabbitMQ: apt-get install rabbitmq-server" >&2
    exit 1
fi
port=$1
data=$(mkdir -p "$2" && cd "$2" && pwd)

: >"$data/plugins"
cat >"$data/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
disk_free_limit.absolute = 1GB
vm_memory_high_watermark.absolute = 4GB
CONF
export HOME=$data
export ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME=peer-$port@localhost
export RABBITMQ_DIST_PORT=$((port > 45000 ? port - 20000 : port + 20000))
export RABBITMQ_CONFIG_FILE=$data/rabbitmq.conf
export RABBITMQ_ENABLED_PLUGINS_FILE=$data/plugins
export RABBITMQ_MNESIA_BASE=$data/mnesia
export RABBITMQ_LOG_BASE=$data/log
export RABBITMQ_PID_FILE=$data/pid

"$server" >"$data/rabbitmq.log" 2>&1 &
started=$!
trap 'kill -TERM "$(cat "$data/pid" 2>/dev/null || echo "$started")" 2>/dev/null; wait "$started" || true; exit 0' TERM INT
until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if ! kill -0 "$started" 2>/dev/null; then
        echo "start-rabbitmq.sh: it stopped before it listened; see $data/rabbitmq.log" >&2
        exit 1
    fi
    sleep 0.1
done
version=$(basename "$(readlink -f /usr/lib/rabbitmq/lib/rabbitmq_server-*)")
echo "rabbitmq ready: 127.0.0.1:$port pid=$(cat "$data/pid") version=${version#rabbitmq_server-}"
wait "$started"
