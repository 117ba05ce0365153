package io.shoestring;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The rooms of the house and the doors between them. Changing {@link #MAY_USE} is a design
 * decision: one commit that says why.
 */
@Timeout(600)
@Tag("busy")
class ArchitectureTest {
    private static final String ROOT = "io.shoestring";

    /**
     * The root package wires everything and may use all. A package that is not here is an error.
     */
    private static final Map<String, Set<String>> MAY_USE =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("base", Set.of()),
                            Map.entry("model", Set.of()),
                            Map.entry("config", Set.of("base", "model")),
                            Map.entry("control", Set.of("model")),
                            // Decides for its own machine, so that an address can go in the
                            // thread that publishes; the rights to addresses that follow no
                            // primary are in consensus.
                            Map.entry(
                                    "address",
                                    Set.of("base", "consensus", "control", "model", "monitoring")),
                            Map.entry("protocol", Set.of("base")),
                            Map.entry("network", Set.of("base", "config", "model")),
                            Map.entry(
                                    "proxy",
                                    Set.of(
                                            "base",
                                            "config",
                                            "model",
                                            "monitoring",
                                            "network",
                                            "protocol")),
                            // Tells what it finds; who acts on it is wired by the root.
                            Map.entry("health", Set.of("base", "config", "network")),
                            // MySQL has no driver here that a product may carry: its codecs do.
                            Map.entry("database", Set.of("base", "config", "model", "protocol")),
                            // Looks at everything that can be looked at, and changes nothing.
                            Map.entry("doctor", Set.of("base", "config", "database", "model")),
                            Map.entry("consensus", Set.of("base", "config", "model")),
                            // Who belongs to the cluster, and how its nodes speak to each other.
                            Map.entry("cluster", Set.of("base", "config", "model")),
                            // What the cluster keeps for the TLS of its listeners.
                            Map.entry("secrets", Set.of("base", "config", "consensus", "network")),
                            Map.entry("monitoring", Set.of("base", "config", "model")),
                            Map.entry(
                                    "node",
                                    Set.of(
                                            "base",
                                            "config",
                                            "consensus",
                                            "control",
                                            "database",
                                            "model",
                                            "monitoring")),
                            Map.entry(
                                    "admin",
                                    Set.of(
                                            "base",
                                            "config",
                                            "model",
                                            "monitoring",
                                            "network",
                                            "node")),
                            // Outlives this process: knows of it no more than deadlines.
                            Map.entry("supervision", Set.of("base", "model", "monitoring")),
                            // Makes and runs a whole cluster for trials and for the demo.
                            Map.entry(
                                    "sandbox",
                                    Set.of(
                                            "admin",
                                            "base",
                                            "config",
                                            "database",
                                            "model",
                                            "monitoring",
                                            "node",
                                            "protocol")),
                            // Of 'database' only what must work where no node runs.
                            Map.entry(
                                    "cli",
                                    Set.of(
                                            "admin",
                                            "base",
                                            "cluster",
                                            "config",
                                            "database",
                                            "doctor",
                                            "model",
                                            "sandbox"))));

    private static JavaClasses product;

    @BeforeAll
    static void read() {
        product =
                new ClassFileImporter()
                        .withImportOption(ArchitectureTest::isOfTheProgram)
                        .importPackages(ROOT);
    }

    /** Wherever it was built: the library knows only Maven's usual directories of tests. */
    private static boolean isOfTheProgram(Location location) {
        return !location.contains("/test-classes/");
    }

    @Test
    void packagesUseOnlyWhatTheTableAllows() {
        classes().should(keepToTheTable()).check(product);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(product);
    }

    @Test
    void theDecisionAndTheModelArePure() {
        classes()
                .that(resideInAnyPackage(ROOT + ".control..", ROOT + ".model.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                        ROOT + ".control..",
                                        ROOT + ".model..",
                                        "java.lang..",
                                        "java.util",
                                        "java.util.function",
                                        "java.util.stream",
                                        "org.jspecify..")
                                .or(DescribedPredicate.describe("Instant", is(Instant.class))))
                .check(product);
        noClasses()
                .that(resideInAnyPackage(ROOT + ".control..", ROOT + ".model.."))
                .should()
                .dependOnClassesThat(
                        DescribedPredicate.describe(
                                "threads, chance, timers and processes",
                                used ->
                                        used.isAssignableTo(Thread.class)
                                                || used.isAssignableTo(Random.class)
                                                || used.isAssignableTo(Timer.class)
                                                || used.isAssignableTo(ProcessBuilder.class)
                                                || used.isAssignableTo(ThreadLocal.class)))
                .check(product);
    }

    @Test
    void codecsHaveNoSocketsTimersOrLogs() {
        noClasses()
                .that(resideInAPackage(ROOT + ".protocol.."))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "java.net..",
                                "java.nio.channels..",
                                "java.sql..",
                                "java.util.concurrent..",
                                "io.netty.bootstrap..",
                                "io.netty.channel.socket..",
                                "io.netty.channel.epoll..",
                                "org.slf4j.."))
                .check(product);
    }

    @Test
    void onlyBaseReadsTheMachinesClocks() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".base..")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(LocalDateTime.class, "now")
                .orShould()
                .callMethod(ZonedDateTime.class, "now")
                .orShould()
                .callMethod(Clock.class, "systemUTC")
                .check(product);
    }

    @Test
    void onlyTheCommandsPrint() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, ROOT + ".cli..", ROOT + ".sandbox..")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethodWhere(
                        DescribedPredicate.describe(
                                "prints a stack trace",
                                call ->
                                        call.getTarget().getName().equals("printStackTrace")
                                                && !call.getTargetOwner()
                                                        .isAssignableTo(PrintStream.class)))
                .check(product);
    }

    private static ArchCondition<JavaClass> keepToTheTable() {
        return new ArchCondition<>("use only what the table allows") {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                String from = room(user);
                if (from.isEmpty()) {
                    return;
                }
                if (!MAY_USE.containsKey(from)) {
                    violate(user, "'" + from + "' is not in the table", events);
                    return;
                }
                for (Dependency use : user.getDirectDependenciesFromSelf()) {
                    check(user, from, use, events);
                }
            }

            private void check(
                    JavaClass user, String from, Dependency use, ConditionEvents events) {
                JavaClass target = use.getTargetClass().getBaseComponentType();
                if (!target.getPackageName().startsWith(ROOT)) {
                    return;
                }
                String to = room(target);
                if (!to.equals(from) && !MAY_USE.getOrDefault(from, Set.of()).contains(to)) {
                    violate(
                            user,
                            "'%s' may not use '%s': %s"
                                    .formatted(
                                            from, to.isEmpty() ? "Main" : to, use.getDescription()),
                            events);
                }
            }

            private void violate(JavaClass user, String message, ConditionEvents events) {
                events.add(SimpleConditionEvent.violated(user, message));
            }
        };
    }

    /** The first name below the root; empty for the root itself. */
    private static String room(JavaClass found) {
        String name = found.getPackageName();
        if (name.equals(ROOT)) {
            return "";
        }
        String below = name.substring(ROOT.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    private static Predicate<JavaClass> is(Class<?> type) {
        return found -> found.isEquivalentTo(type);
    }
}
