# Sets java_home and class_path for the benchmarks; builds them when sources are newer.
. "$root/bin/lib/find-jdk.sh"
java_home=$(find_jdk) || exit 1
class_path="$root/benchmarks/target/quick/classes:$root/benchmarks/target/lib/*"
stamp=$root/benchmarks/target/lib/built
if [ ! -f "$stamp" ] || [ -n "$(find "$root" -name target -prune -o -path '*/src/main/*' -newer "$stamp" -print -quit)" ]; then
    echo "building the benchmarks" >&2
    rm -rf "$root/benchmarks/target/lib"
    mkdir -p "$root/benchmarks/target"
    (cd "$root" && JAVA_HOME=$java_home mvn -B -q -Dquick -pl benchmarks -am package \
        dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$root/benchmarks/target/lib" >"$root/benchmarks/target/build.log" 2>&1) || {
        tail -20 "$root/benchmarks/target/build.log" >&2
        exit 1
    }
    touch "$stamp"
fi
