package io.sluice.system.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who may import whom (docs/architecture.md), and what the core must never touch. */
final class ArchitectureTest {

    private static final JavaClasses PRODUCTION =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(location -> !location.contains("-tests.jar"))
                    .importPackages("io.sluice");

    /** Module to the packages it may use beside its own, the JDK's and JSpecify's. */
    private static final Map<String, List<String>> MAY_IMPORT =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(
                                    "http",
                                    List.of(
                                            "core",
                                            "engine",
                                            "io.helidon",
                                            "io.prometheus",
                                            "org.slf4j")),
                            Map.entry("core", List.of()),
                            Map.entry(
                                    "engine",
                                    List.of("core", "org.slf4j", "org.jctools", "com.cronutils")),
                            Map.entry(
                                    "storage",
                                    List.of(
                                            "core",
                                            "engine",
                                            "org.slf4j",
                                            "com.github.luben.zstd",
                                            "net.jpountz",
                                            "org.xerial.snappy")),
                            Map.entry(
                                    "metadata",
                                    List.of("core", "engine", "org.apache.ratis", "org.slf4j")),
                            Map.entry("simulator", List.of("core", "engine", "storage", "picocli")),
                            Map.entry(
                                    "transport",
                                    List.of("core", "engine", "org.slf4j", "org.jctools")),
                            Map.entry(
                                    "kafka",
                                    List.of(
                                            "core",
                                            "engine",
                                            "transport",
                                            "org.apache.kafka",
                                            "com.google.re2j",
                                            "org.slf4j")),
                            Map.entry(
                                    "broker",
                                    List.of(
                                            "core",
                                            "engine",
                                            "storage",
                                            "metadata",
                                            "transport",
                                            "kafka",
                                            "http",
                                            "picocli",
                                            "org.slf4j",
                                            "ch.qos.logback")),
                            // Within somebody's service: the JDK, and the client they have.
                            Map.entry("outbox", List.of("javax.sql", "org.apache.kafka")),
                            Map.entry(
                                    "cli",
                                    List.of(
                                            "org.apache.kafka",
                                            "picocli",
                                            "tools.jackson",
                                            "org.HdrHistogram",
                                            "org.slf4j",
                                            "ch.qos.logback"))));

    @TestFactory
    List<DynamicTest> modulesImportOnlyWhatTheTableAllows() {
        List<DynamicTest> tests = new ArrayList<>();
        MAY_IMPORT.forEach((module, allowed) ->
                tests.add(DynamicTest.dynamicTest(module, () -> checkImports(module, allowed))));
        return tests;
    }

    private static void checkImports(String module, List<String> allowed) {
        List<String> packages = new ArrayList<>();
        packages.add("io.sluice." + module + "..");
        packages.add("java..");
        packages.add("javax.crypto..");
        packages.add("jdk..");
        packages.add("org.jspecify..");
        for (String name : allowed) {
            packages.add(
                    (name.contains(".") || isLibrary(name) ? name : "io.sluice." + name) + "..");
        }
        classes()
                .that()
                .resideInAPackage("io.sluice." + module + "..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(packages.toArray(String[]::new))
                                .or(isArrayOfPrimitive()))
                .check(PRODUCTION);
    }

    private static boolean isLibrary(String name) {
        return name.equals("picocli");
    }

    private static DescribedPredicate<JavaClass> isArrayOfPrimitive() {
        return DescribedPredicate.describe(
                "primitives and arrays of them", type -> type.getBaseComponentType().isPrimitive());
    }

    @Test
    void theCoreHasNoInputOutputClockThreadOrChance() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.core..")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                        "java.io..",
                                        "java.nio.file..",
                                        "java.nio.channels..",
                                        "java.net..",
                                        "java.util.concurrent..",
                                        "java.time..")
                                .and(not(simpleName("Serializable")))
                                .or(simpleName("Thread"))
                                .or(simpleName("Random"))
                                .or(simpleName("SecureRandom")))
                .check(PRODUCTION);
        noClasses()
                .that()
                .resideInAPackage("io.sluice.core..")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "identityHashCode", Object.class)
                .orShould()
                .callMethod(java.util.UUID.class, "randomUUID")
                .check(PRODUCTION);
    }

    @Test
    void onlyTransportTouchesSockets() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.sluice.core..",
                        "io.sluice.engine..",
                        "io.sluice.storage..",
                        "io.sluice.simulator..",
                        "io.sluice.kafka..")
                .should()
                .dependOnClassesThat(
                        simpleName("SocketChannel")
                                .or(simpleName("ServerSocketChannel"))
                                .or(simpleName("Selector"))
                                .or(simpleName("Socket")))
                .check(PRODUCTION);
    }

    @Test
    void theOutboxKnowsBrokersBehindItsPortOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.outbox")
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.sluice.outbox.kafka..", "org.apache.kafka.."))
                .check(PRODUCTION);
    }

    @Test
    void packagesHaveNoCycles() {
        for (String module : MAY_IMPORT.keySet()) {
            slices().matching("io.sluice." + module + ".(*)..")
                    .should()
                    .beFreeOfCycles()
                    .allowEmptyShould(true)
                    .check(PRODUCTION);
        }
        slices().matching("io.sluice.(*)..").should().beFreeOfCycles().check(PRODUCTION);
    }
}
