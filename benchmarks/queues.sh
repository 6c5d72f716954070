#!/usr/bin/env bash
# Sluice's queues beside Kafka's share groups and RabbitMQ: benchmarks/queues.sh --help
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$root/benchmarks/class-path.sh"
# shellcheck disable=SC2086
exec "$java_home/bin/java" -Xmx1g -XX:+UseParallelGC --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -Dsluice.root="$root" \
    -cp "$class_path" io.sluice.benchmarks.sidebyside.QueuesMain "$@"
