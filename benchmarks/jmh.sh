#!/usr/bin/env bash
# The JMH benchmarks: benchmarks/jmh.sh -l lists them, benchmarks/jmh.sh Append runs some.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$root/benchmarks/class-path.sh"
exec "$java_home/bin/java" -cp "$class_path" org.openjdk.jmh.Main "$@"
