#!/usr/bin/env bash
# Starts Apache Kafka 4.4.0 as a KRaft node on loopback, from its published artifacts.
#
#   start-kafka.sh PORT DATA_DIR [key=value]...      in the foreground; TERM or Ctrl-C stops it
#   start-kafka.sh --prepare PORT DATA_DIR [key=value]...   fetches and formats, starts nothing
#   start-kafka.sh --node N --voters 1@HOST:PORT,2@HOST:PORT,... PORT DATA_DIR [key=value]...
#                                 node N of a cluster: controller and broker if it is a voter, else a broker
#
# key=value go to the broker's properties. Prints "kafka ready: HOST:PORT pid=PID" once it listens;
# PID is the broker's own process. The heap is Kafka's default of 1 GB; KAFKA_HEAP_OPTS changes it.
set -euo pipefail

prepare_only=false
node=1
voters=
while :; do
    case "${1:-}" in
        --prepare) prepare_only=true; shift ;;
        --node) node=$2; shift 2 ;;
        --voters) voters=$2; shift 2 ;;
        *) break ;;
    esac
done
if [ $# -lt 2 ]; then
    echo "start-kafka.sh: name a port and a data folder: start-kafka.sh PORT DATA_DIR [key=value]..." >&2
    exit 2
fi
port=$1
data=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/../../bin/lib/find-jdk.sh"
. "$here/../resolve.sh"
java_home=$(find_jdk) || exit 1
java=$java_home/bin/java
lib=$here/target/lib

resolve "$here" kafka_2.13:4.4.0 "$data/resolve.log"

# The controller listens on a port of its own; taken free by the kernel once per data folder.
free_port() {
    "$java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$here/FreePort.java"
}

properties=$data/server.properties
format=(--cluster-id AAAAAAAAAAAAAAAAAAAAAQ)
roles=broker,controller
replicas=1
controller_port=
if [ -n "$voters" ]; then
    # node@host:port of this node among the voters, if it is one
    for voter in ${voters//,/ }; do
        if [ "${voter%%@*}" = "$node" ]; then controller_port=${voter##*:}; fi
    done
    [ -n "$controller_port" ] || roles=broker
    replicas=3
    quorum=controller.quorum.voters=$voters
else
    if [ ! -f "$data/controller.port" ]; then
        free_port >"$data/controller.port"
    fi
    controller_port=$(cat "$data/controller.port")
    quorum=controller.quorum.bootstrap.servers=127.0.0.1:$controller_port
    format+=(--standalone)
fi
listeners=PLAINTEXT://127.0.0.1:$port
[ -z "$controller_port" ] || listeners=$listeners,CONTROLLER://127.0.0.1:$controller_port
in_sync=$((replicas / 2 + 1))
{
    echo "process.roles=$roles"
    echo "node.id=$node"
    echo "$quorum"
    echo "listeners=$listeners"
    echo "advertised.listeners=$listeners"
    echo "controller.listener.names=CONTROLLER"
    echo "inter.broker.listener.name=PLAINTEXT"
    echo "log.dirs=$data/logs"
    echo "offsets.topic.replication.factor=$replicas"
    echo "transaction.state.log.replication.factor=$replicas"
    echo "transaction.state.log.min.isr=$in_sync"
    echo "share.coordinator.state.topic.replication.factor=$replicas"
    echo "share.coordinator.state.topic.min.isr=$in_sync"
    for setting in "$@"; do echo "$setting"; done
} >"$properties"

flags=(--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
if [ ! -f "$data/logs/meta.properties" ]; then
    "$java" -Xmx256m "${flags[@]}" -cp "$lib/*" kafka.tools.StorageTool format "${format[@]}" \
        --config "$properties" >"$data/format.log" 2>&1 || {
        echo "start-kafka.sh: formatting $data/logs failed:" >&2
        tail -5 "$data/format.log" >&2
        exit 1
    }
fi
$prepare_only && exit 0

# The JVM flags are those of Kafka's own start script.
# shellcheck disable=SC2086
"$java" ${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
    -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true \
    "${flags[@]}" -cp "$lib/*" kafka.Kafka "$properties" >"$data/kafka.log" 2>&1 &
kafka=$!
trap 'kill -TERM "$kafka" 2>/dev/null; wait "$kafka" || true; exit 0' TERM INT

until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    kill -0 "$kafka" 2>/dev/null || {
        echo "start-kafka.sh: Kafka ended before it was ready; see $data/kafka.log" >&2
        tail -5 "$data/kafka.log" >&2
        exit 1
    }
    sleep 0.02
done
echo "kafka ready: 127.0.0.1:$port pid=$kafka"
wait "$kafka"
