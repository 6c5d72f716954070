#!/usr/bin/env bash
# Runs RabbitMQ's load generator, PerfTest 2.22.1, from its published artifacts.
#
#   perf-test.sh --prepare        fetches it, runs nothing
#   perf-test.sh OPTION...        as PerfTest has them: perf-test.sh --help
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$here/../../bin/lib/find-jdk.sh"
java_home=$(find_jdk) || exit 1
lib=$here/target/lib

if [ ! -f "$here/target/resolved" ] || [ "$here/pom.xml" -nt "$here/target/resolved" ]; then
    rm -rf "$lib"
    (cd "$here" && JAVA_HOME=$java_home mvn -B -q dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$lib" >&2)
    touch "$here/target/resolved"
fi
[ "${1:-}" = --prepare ] && exit 0
exec "$java_home/bin/java" -Xmx1g -XX:+UseParallelGC -cp "$lib/*" com.rabbitmq.perf.PerfTest "$@"
