# Builds the runnable distribution into target/sluice: jars, and a cache of loaded classes so that a
# broker starts at once.

modules=(core engine storage metadata transport kafka http broker cli)

is_built() {
    local root=$1 stamp=$1/target/sluice/built
    [ -f "$stamp" ] || return 1
    # A distribution without sources, as in a container.
    [ -f "$root/pom.xml" ] || return 0
    # A jar older than its sources would run yesterday's code.
    [ -z "$(cd "$root" && find pom.xml "${modules[@]}" \
        \( -name target -prune \) -o \( -type f -newer "$stamp" \( -path '*/src/main/*' -o -name pom.xml \) -print -quit \))" ]
}

build() {
    local root=$1 java_home=$2 dist=$1/target/sluice log started=$SECONDS
    command -v mvn >/dev/null || {
        echo "sluice: Maven is needed to build once: install Maven 3.8 or later (for example the package maven)." >&2
        exit 1
    }
    mkdir -p "$root/target"
    log=$root/target/build.log
    # Two first starts at once build once.
    exec 9>"$root/target/build.lock"
    flock 9
    if is_built "$root"; then
        exec 9>&-
        return
    fi
    printf 'sluice: building (first use, about a minute) ' >&2
    rm -rf "$dist"
    mkdir -p "$dist/lib"
    local list
    list=$(IFS=,; echo "${modules[*]}")
    (
        cd "$root" && JAVA_HOME=$java_home exec mvn -B -Dquick -DskipTests -pl "$list" \
            package dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$dist/lib" >"$log" 2>&1 9>&-
    ) &
    wait_with_dots $! || {
        printf '\nsluice: the build failed; its last lines (all of it is in %s):\n' "$log" >&2
        tail -20 "$log" >&2
        exit 1
    }
    cp "$root"/broker/target/quick/sluice-broker-*.jar "$root"/cli/target/quick/sluice-cli-*.jar "$dist/lib/"
    touch "$dist/built"
    train "$root" "$java_home" "$dist" &
    wait_with_dots $! || true
    printf ' done in %d s\n' $((SECONDS - started)) >&2
    exec 9>&-
}

wait_with_dots() {
    # A job in the background is deaf to Ctrl-C: who ends the launcher ends the build with it.
    # shellcheck disable=SC2064
    trap "kill $1 2>/dev/null; exit 130" INT TERM
    while kill -0 "$1" 2>/dev/null; do
        [ -t 2 ] && printf '.' >&2
        sleep 1
    done
    local status=0
    wait "$1" || status=$?
    trap - INT TERM
    return $status
}

# The flags of a JVM, left in the array "flags": a path in them may hold spaces.
base_flags() {
    flags=(-XX:+UseSerialGC -Xss512k --enable-native-access=ALL-UNNAMED
        --sun-misc-unsafe-memory-access=allow -Dfile.encoding=UTF-8)
}

# What a cache holds is read at every start: so one for a broker by itself, and one for a broker of a
# cluster, or one that serves metrics: it loads twice the classes.
server_flags() {
    local dist=$1 cache=server
    shift
    if names controller.quorum. \
        "${SLUICE_CONTROLLER_QUORUM_VOTERS:-}${SLUICE_CONTROLLER_QUORUM_BOOTSTRAP_SERVERS:-}" "$@" ||
        names sluice.http.listener "${SLUICE_HTTP_LISTENER:-}" "$@"; then
        cache=cluster
    fi
    broker_flags
    use_cache "$dist/$cache.aot"
}

broker_flags() {
    base_flags
    flags+=(-Xms24m -Xmx256m -XX:MaxDirectMemorySize=256m -XX:+ExitOnOutOfMemoryError)
}

# Whether a setting is made: by an environment variable that has the given value, in the arguments, or in a
# settings file among them.
names() {
    local beginning=$1 environment=$2 argument
    shift 2
    [ -z "$environment" ] || return 0
    case "$*" in *"$beginning"*) return 0 ;; esac
    for argument in "$@"; do
        argument=${argument#--config=}
        [ -f "$argument" ] && grep -q "^ *${beginning//./\\.}" "$argument" && return 0
    done
    return 1
}

cli_flags() {
    base_flags
    flags+=(-Xmx512m)
    use_cache "$1/cli.aot"
}

use_cache() {
    if [ -f "$1" ]; then
        flags+=("-XX:AOTCache=$1" '-Xlog:aot*=off' '-Xlog:cds*=off')
    fi
}

# A short run of the broker and the command line records which classes they load and link (JEP 514).
# A failure costs start-up time and nothing else.
train() {
    local root=$1 java_home=$2 dist=$3 folder=$1/target/train broker address
    local training=("-XX:AOTCacheOutput=$dist/server.aot")
    rm -rf "$folder" "$folder"-?
    run_broker "$java_home" "$dist" "$folder" --port 0
    await_ready "$broker" "$folder"
    use_broker "$java_home" "$dist" "$folder" "-XX:AOTCacheOutput=$dist/cli.aot"
    end_broker "$broker" "$folder"
    train_member "$@"
}

# One of three brokers, for half of what it loads is for talking to the others; and one that comes back, which
# finds logs that it has to recover, leaders to follow and a quorum that goes on. Which methods ran often is not
# kept: they would all be compiled at once, at a time when much else has to be done.
train_member() {
    local root=$1 java_home=$2 dist=$3 folder=$1/target/train port=$((20000 + RANDOM % 10000))
    local node voters= brokers=() broker address training=()
    for node in 1 2 3; do
        voters+=${voters:+,}$node@127.0.0.1:$((port + node))
    done
    for node in 1 2 3; do
        # shellcheck disable=SC2046
        run_broker "$java_home" "$dist" "$folder-$node" $(member "$node" "$port" "$voters")
        brokers[node]=$broker
    done
    await_ready "${brokers[1]}" "$folder-1"
    run_cli "$java_home" "$dist" "-XX:AOTCache=$dist/cli.aot" topic create train --partitions 12 --replication 3 \
        --bootstrap "$address" >>"$folder-1/log" 2>&1 || true
    use_broker "$java_home" "$dist" "$folder-1" "-XX:AOTCache=$dist/cli.aot" --topic train
    kill -TERM "${brokers[1]}" 2>/dev/null || true
    wait "${brokers[1]}" || true
    training=(-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining "-XX:AOTCacheOutput=$dist/cluster.aot")
    # shellcheck disable=SC2046
    run_broker "$java_home" "$dist" "$folder-1" $(member 1 "$port" "$voters")
    await_ready "$broker" "$folder-1"
    use_broker "$java_home" "$dist" "$folder-1" "-XX:AOTCache=$dist/cli.aot" --topic train
    end_broker "$broker" "$folder-1"
    for node in 2 3; do
        end_broker "${brokers[node]}" "$folder-$node"
    done
}

# The arguments of one of three brokers.
member() {
    echo --set "node.id=$1" --set "controller.quorum.voters=$3" --set controller.listener.names=CONTROLLER \
        --set "listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:$(($2 + $1))" \
        --set sluice.http.listener=HTTP://127.0.0.1:0
}

# Begins a broker, which finds in the folder what an earlier one left there; its process is left in "broker".
run_broker() {
    local java_home=$1 dist=$2 folder=$3
    shift 3
    mkdir -p "$folder"
    : >"$folder/out" # it is looked into before the broker has begun
    broker_flags
    "$java_home/bin/java" "${flags[@]}" ${training[@]+"${training[@]}"} \
        -cp "$dist/lib/*" io.sluice.broker.Main --data "$folder/data" "$@" \
        >"$folder/out" 2>>"$folder/log" 9>&- &
    broker=$!
}

end_broker() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" || true
    rm -rf "$2/data"
}

# Where it serves is left in "address", or nothing if it does not.
await_ready() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        address=$(sed -n 's/^sluice ready: kafka=\([^ ]*\).*/\1/p' "$2/out")
        if [ -n "$address" ] || ! kill -0 "$1" 2>/dev/null; then
            return
        fi
        sleep 0.1
    done
}

# Some records to the broker that is ready and from it, and a look at its pages, if it has any.
use_broker() {
    local java_home=$1 dist=$2 folder=$3 http
    [ -n "$address" ] || return 0
    run_cli "$java_home" "$dist" "$4" bench --bootstrap "$address" --records 2000 --size 200 --consumers 1 "${@:5}" \
        >>"$folder/log" 2>&1 || true
    http=$(sed -n 's/^sluice ready: .* http=\([^ ]*\).*/\1/p' "$folder/out")
    if [ -n "$http" ]; then
        get "$http" /metrics >>"$folder/log" 2>&1 || true
        get "$http" /health/ready >>"$folder/log" 2>&1 || true
    fi
}

run_cli() {
    local java_home=$1 dist=$2 cache=$3
    shift 3
    base_flags
    "$java_home/bin/java" "${flags[@]}" -Xmx512m "$cache" -cp "$dist/lib/*" io.sluice.cli.Main "$@" 9>&-
}

# By bash alone, for there need not be anything else: a page of HOST:PORT.
get() {
    local line
    exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || return 1
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1" >&3
    while IFS= read -r -t 10 line <&3; do
        printf '%s\n' "$line"
    done
    exec 3>&-
}
