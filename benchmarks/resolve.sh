# resolve FOLDER WHAT LOG: fetches what the folder's pom.xml names into its target/lib, unless that is there.
# Needs java_home. Where Maven does not resolve it: a line that names WHAT and the LOG, and exit code 1.
resolve() {
    local folder=$1 what=$2 log=$3
    if [ ! -f "$folder/target/resolved" ] || [ "$folder/pom.xml" -nt "$folder/target/resolved" ]; then
        rm -rf "$folder/target/lib"
        mkdir -p "$folder/target"
        (cd "$folder" && JAVA_HOME=$java_home mvn -B -q dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$folder/target/lib" >"$log" 2>&1) || {
            echo "$(basename "$0"): Maven did not resolve $what; see $log" >&2
            exit 1
        }
        touch "$folder/target/resolved"
    fi
}
