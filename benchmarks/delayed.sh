#!/usr/bin/env bash
# Messages that wait, at a broker of a heap of 256 MB: benchmarks/delayed.sh [MESSAGES] [DATA]
# Fills it, starts it anew, tells how long it reads what waits and how late messages come at 10,000 a second.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
. "$root/benchmarks/class-path.sh"
messages=${1:-10000000}
data=${2:-$root/benchmarks/target/data/delayed}
port=${PORT:-9192}
export SLUICE_JAVA_OPTS="${SLUICE_JAVA_OPTS:--Xmx256m}"
client() {
    "$java_home/bin/java" -Xmx512m -cp "$class_path" \
        io.sluice.benchmarks.sidebyside.DelayedMain "127.0.0.1:$port" "$@"
}
begin() {
    "$root/bin/sluice" server --data "$data" --port "$port" >"$data.log" 2>&1 &
    broker=$!
    until grep -q "sluice ready" "$data.log"; do
        kill -0 "$broker" || { cat "$data.log"; exit 1; }
        sleep 0.1
    done
}
memory() {
    echo "$1: $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$broker/status") MB resident," \
        "$("$java_home/bin/jcmd" "$broker" GC.heap_info | grep -o 'used [0-9]*K' | head -1 | tr -dc 0-9) KB of heap used"
}
rm -rf "$data"
mkdir -p "$data"
begin
trap 'kill "$broker" 2>/dev/null || true' EXIT
memory "empty"
client fill "$messages"
memory "full"
kill -9 "$broker"
begin
client probe
grep "messages wait" "$data.log" || true
memory "after a restart"
client rate 10000 30
memory "after 300,000 more"
