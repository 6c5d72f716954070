# Prints the home of a JDK 25 or later. Looks where a user points first, then where JDKs usually lie.

jdk_major() {
    # The release file tells the version without starting a JVM.
    local line
    [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r line; do
        case $line in
            JAVA_VERSION=*)
                line=${line#JAVA_VERSION=\"}
                line=${line%\"}
                printf '%s' "${line%%.*}"
                return 0
                ;;
        esac
    done <"$1/release"
    return 1
}

find_jdk() {
    local candidate major java_on_path
    java_on_path=$(command -v java || true)
    if [ -n "$java_on_path" ]; then
        java_on_path=$(dirname "$(dirname "$(readlink -f "$java_on_path")")")
    fi
    for candidate in "${SLUICE_JAVA_HOME:-}" "${JAVA_HOME:-}" "$java_on_path" \
        /usr/lib/jvm/* /usr/java/* /opt/*jdk* /opt/java/* "$HOME"/.jdks/* \
        "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
        [ -n "$candidate" ] || continue
        major=$(jdk_major "$candidate") || continue
        if [ "${major%%[!0-9]*}" -ge 25 ] 2>/dev/null; then
            printf '%s' "$candidate"
            return 0
        fi
    done
    echo "sluice: no JDK 25 or later found: install one (for example the package temurin-25-jdk) or set SLUICE_JAVA_HOME to its folder." >&2
    return 1
}
