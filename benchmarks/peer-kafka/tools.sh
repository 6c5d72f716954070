#!/usr/bin/env bash
# Runs a class of Apache Kafka's command-line tools (kafka-tools 4.3.1, with its own jars), against
# any broker that speaks the protocol or on its files:
#
#   tools.sh org.apache.kafka.tools.TopicCommand --bootstrap-server 127.0.0.1:9092 --list
#   tools.sh org.apache.kafka.tools.ConsoleProducer --bootstrap-server 127.0.0.1:9092 --topic t
#   tools.sh org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server ... --partition 0 --offset earliest --topic t
#   tools.sh org.apache.kafka.tools.DumpLogSegments --deep-iteration --files data/t-0/00000000000000000000.log
#   tools.sh org.apache.kafka.tools.ProducerPerformance --bootstrap-server ... --topic t --num-records 100000 --record-size 1024 --throughput -1
#   tools.sh --resolve                    fetches the jars, runs nothing
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "tools.sh: name a main class, for example org.apache.kafka.tools.TopicCommand" >&2
    exit 2
fi
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/tools
. "$here/../../../bin/lib/find-jdk.sh"
. "$here/../../resolve.sh"
java_home=$(find_jdk) || exit 1
lib=$here/target/lib

resolve "$here" kafka-tools:4.3.1 "$here/target/resolve.log"
[ "$1" = --resolve ] && exit 0

# shellcheck disable=SC2086
exec "$java_home/bin/java" ${KAFKA_HEAP_OPTS:--Xmx512M} --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -cp "$lib/*" "$@"
