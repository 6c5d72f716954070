#!/usr/bin/env bash
# The JMH benchmarks: benchmarks/jmh.sh -l lists them, benchmarks/jmh.sh Append runs some.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$root/benchmarks/class-path.sh"
mkdir -p "$root/benchmarks/target/data"
# Logs lie on the disk of the source tree: a temporary folder may be memory.
exec "$java_home/bin/java" -Djava.io.tmpdir="$root/benchmarks/target/data" --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -cp "$class_path" org.openjdk.jmh.Main "$@"
