#!/usr/bin/env bash
# Runs RabbitMQ's load generator, PerfTest 2.22.1, from its published artifacts.
#
#   perf-test.sh --prepare        fetches it, runs nothing
#   perf-test.sh OPTION...        as PerfTest has them: perf-test.sh --help
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/../../bin/lib/find-jdk.sh"
. "$here/../resolve.sh"
java_home=$(find_jdk) || exit 1
lib=$here/target/lib

resolve "$here" perf-test:2.22.1 "$here/target/resolve.log"
[ "${1:-}" = --prepare ] && exit 0
exec "$java_home/bin/java" -Xmx1g -XX:+UseParallelGC -cp "$lib/*" com.rabbitmq.perf.PerfTest "$@"
