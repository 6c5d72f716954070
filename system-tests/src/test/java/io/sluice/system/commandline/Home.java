package io.sluice.system.commandline;

import io.sluice.system.harness.Tool;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * A checkout as the launcher sees it, in a folder of the test: its scripts, empty modules and,
 * where wanted, what a first start builds. A path of programs of its own decides whether there is a
 * Maven and which Java comes first.
 */
final class Home {

    /** All that the scripts call beside Java and Maven. */
    private static final Set<String> TOOLS =
            Set.of(
                    "awk",
                    "bash",
                    "cat",
                    "cp",
                    "dirname",
                    "env",
                    "find",
                    "flock",
                    "head",
                    "mkdir",
                    "mktemp",
                    "readlink",
                    "rm",
                    "sed",
                    "sleep",
                    "tail",
                    "touch");

    private static final Set<String> MODULES =
            Set.of(
                    "core",
                    "engine",
                    "storage",
                    "metadata",
                    "transport",
                    "kafka",
                    "http",
                    "broker",
                    "cli");

    private final Path folder;
    private final Path root;
    private final Path programs;
    private final Map<String, String> environment = new HashMap<>();

    private Home(Path folder) {
        this.folder = folder;
        this.root = folder.resolve("sluice home");
        this.programs = folder.resolve("programs");
        environment.put("PATH", programs.toString());
        environment.put("HOME", folder.toString());
        environment.put("LC_ALL", "C.UTF-8");
    }

    /** Scripts and programs, but neither Java nor Maven nor anything built. */
    static Home bare(Path folder) throws IOException {
        Home home = new Home(folder);
        Files.createDirectories(home.programs);
        for (String tool : TOOLS) {
            home.program(tool, onPath(tool));
        }
        Path checkout = checkout();
        for (String script : List.of("sluice", "test", "lib/build.sh", "lib/find-jdk.sh")) {
            Path copy = home.root.resolve("bin").resolve(script);
            Files.createDirectories(copy.getParent());
            Files.copy(checkout.resolve("bin").resolve(script), copy);
        }
        for (String module : MODULES) {
            Files.createDirectories(home.root.resolve(module).resolve("src/main/java"));
        }
        Files.writeString(home.root.resolve("pom.xml"), "<project/>\n");
        return home;
    }

    /** With the JDK of this test, named as a user would name it. */
    Home withJdk() {
        environment.put("SLUICE_JAVA_HOME", System.getProperty("java.home"));
        return this;
    }

    /**
     * Hides the JDKs of this machine from the scripts: the places where JDKs usually lie are
     * replaced by a folder of the test.
     */
    Path onlyJdksOfTheTest() throws IOException {
        Path jdks = root.resolveSibling("jdks");
        Files.createDirectories(jdks);
        Path script = root.resolve("bin/lib/find-jdk.sh");
        String text = Files.readString(script);
        String places = "/usr/lib/jvm/* /usr/java/* /opt/*jdk* /opt/java/*";
        if (!text.contains(places)) {
            throw new AssertionError("the script looks elsewhere now: " + script);
        }
        Files.writeString(
                script,
                text.replace(places, jdks + "/*")
                        .replace("/Library/Java/JavaVirtualMachines/*/Contents/Home", ""));
        return jdks;
    }

    /** A JDK in name only. */
    static void fakeJdk(Path home, String version) throws IOException {
        Files.createDirectories(home.resolve("bin"));
        script(home.resolve("bin/java"), "echo 'the wrong java ran' >&2; exit 99");
        script(home.resolve("bin/javac"), "exit 99");
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    /** The JDK of this test under another name. */
    static void jdkOfThisTest(Path home) throws IOException {
        fakeJdk(home, System.getProperty("java.version"));
        script(
                home.resolve("bin/java"),
                "exec '" + System.getProperty("java.home") + "/bin/java' \"$@\"");
    }

    /** What a first start builds, from the class path of this test. */
    Home built() throws IOException {
        Path lib = root.resolve("target/sluice/lib");
        jars(lib);
        Files.writeString(root.resolve("target/sluice/built"), "");
        return this;
    }

    /** A Maven that does as told. */
    Home withMaven(String body) throws IOException {
        script(programs.resolve("mvn"), body);
        return this;
    }

    /** Puts a program on the path of the scripts. */
    void program(String name, Path target) throws IOException {
        script(programs.resolve(name), "exec '" + target + "' \"$@\"");
    }

    /** Puts a Java on the path as distributions do, by a link. */
    void defaultJava(Path jdk) throws IOException {
        Files.createSymbolicLink(programs.resolve("java"), jdk.resolve("bin/java"));
    }

    Path root() {
        return root;
    }

    /** Starts a script of this home, under any name it is known by. */
    ProcessBuilder command(Path script, String... arguments) {
        List<String> command = new ArrayList<>();
        // A parent that ignores Ctrl-C, as a shell's background job does, would make us deaf too.
        command.addAll(List.of(onPath("env").toString(), "--default-signal=INT"));
        command.add(script.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    Path sluice() {
        return root.resolve("bin/sluice");
    }

    /** The class path of this test as a folder of jars, without the tests themselves. */
    static void jars(Path into) throws IOException {
        Files.createDirectories(into);
        List<String> elements = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(element);
            if (element.contains("test-classes") || !Files.exists(path)) {
                continue;
            }
            if (Files.isDirectory(path)) {
                path = into.resolve("classes-" + elements.size() + ".jar");
                jar(Path.of(element), path);
            }
            elements.add(path.toUri().toString());
        }
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, String.join(" ", elements));
        try (OutputStream file = Files.newOutputStream(into.resolve("all.jar"));
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.finish();
        }
    }

    private static void jar(Path folder, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> found = Files.walk(folder)) {
            for (Path path : found.filter(Files::isRegularFile).sorted().toList()) {
                out.putNextEntry(new JarEntry(folder.relativize(path).toString()));
                Files.copy(path, out);
                out.closeEntry();
            }
        }
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!" + onPath("bash") + "\n" + body + "\n");
        if (!file.toFile().setExecutable(true)) {
            throw new AssertionError("cannot make executable: " + file);
        }
    }

    private static Path onPath(String name) {
        return Tool.find(name).orElseThrow(() -> new AssertionError("this machine has no " + name));
    }

    /** The checkout this test belongs to. */
    static Path checkout() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("bin/sluice"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("no checkout above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}
