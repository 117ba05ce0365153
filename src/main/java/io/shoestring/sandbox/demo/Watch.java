package io.shoestring.sandbox.demo;

import io.shoestring.base.Clock;
import io.shoestring.model.DatabaseStatus;
import io.shoestring.sandbox.SandboxException;
import io.shoestring.sandbox.bank.Audit;
import io.shoestring.sandbox.bank.BankLoad;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What an outsider sees of the cluster while the bank works, and waits for. */
final class Watch {
    private static final long POLL_MILLIS = 50;
    private static final long PROTECTED_SECONDS_MAX = 20;

    private final Scene scene;
    private final Audit.Members members;
    private final BankLoad load;
    private final Diary diary;
    private final Clock clock;

    Watch(Scene scene, BankLoad load, Diary diary, Clock clock) {
        this.scene = scene;
        this.members = scene.direct();
        this.load = load;
        this.diary = diary;
        this.clock = clock;
    }

    /** Something that comes true sooner or later. */
    @FunctionalInterface
    interface Condition {
        boolean holds();
    }

    /** Whether it came true in time. */
    boolean within(long seconds, Condition condition) throws InterruptedException {
        long deadline = clock.nanos() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.holds()) {
            if (clock.nanos() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    /** Like {@link #within}, with the milliseconds since an instant of the load. */
    OptionalLong millisUntil(long sinceNanos, long seconds, Condition condition)
            throws InterruptedException {
        return within(seconds, condition)
                ? OptionalLong.of((load.nowNanos() - sinceNanos) / 1_000_000)
                : OptionalLong.empty();
    }

    /** The member that takes writes. */
    Optional<String> primary() {
        return scene.database().flatMap(DatabaseStatus::primary);
    }

    String primary(String when) throws SandboxException {
        return primary()
                .orElseThrow(() -> new SandboxException("There is no primary " + when + "."));
    }

    /** The member that is not this one. */
    String other(String member) {
        return scene.members().keySet().stream()
                .filter(name -> !name.equals(member))
                .findFirst()
                .orElse(member);
    }

    /** Waits until somebody could take over, and says if nobody can. */
    void awaitProtected() throws InterruptedException {
        if (!within(PROTECTED_SECONDS_MAX, this::isProtected)) {
            diary.write("no replica has every commit: nobody will be able to take over");
        }
    }

    boolean isProtected() {
        return scene.database().stream()
                .flatMap(database -> database.members().stream())
                .anyMatch(member -> member.role().equals("replica") && member.synchronous());
    }

    /** By the cluster's status, and by what its new primary itself says. */
    boolean isReplica(String member) {
        Optional<DatabaseStatus> status = scene.database();
        Optional<String> primary = status.flatMap(DatabaseStatus::primary);
        boolean listed =
                status.stream()
                        .flatMap(database -> database.members().stream())
                        .anyMatch(
                                entry ->
                                        entry.name().equals(member)
                                                && entry.role().equals("replica"));
        try {
            return listed
                    && primary.isPresent()
                    && !primary.get().equals(member)
                    && members.isStreaming(primary.get(), member);
        } catch (SQLException _) {
            return false;
        }
    }

    /** Whether the newest acknowledged commit is of that member. */
    boolean acknowledges(String member) {
        return load.writers().newest().equals(address(member));
    }

    /** The member that acknowledged the newest commit. */
    String writer() {
        return scene.members().entrySet().stream()
                .filter(member -> member.getValue().toString().equals(load.writers().newest()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(load.writers().newest());
    }

    private String address(String member) {
        return String.valueOf(scene.members().get(member));
    }
}
