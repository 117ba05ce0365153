package io.shoestring.proxy.postgresql;

import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.FreshnessBoard;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Which of several replicas a session reads from: by chance, of those that have what it must find;
 * one that is ten times as far behind as another is chosen a tenth as often, because the next read
 * may find it too old. What is less than {@link #ALIKE_NANOS} behind is as good as any.
 */
final class ReplicaChoice {
    private static final double ALIKE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Of one that nobody knows anything of. */
    private static final double UNKNOWN = 0.01;

    private final FreshnessBoard freshness;

    ReplicaChoice(FreshnessBoard freshness) {
        this.freshness = freshness;
    }

    /** One of the candidates, of which there must be some. */
    MemberSpec of(List<MemberSpec> candidates, Predicate<MemberSpec> good, RandomGenerator random) {
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        List<MemberSpec> best = candidates.stream().filter(good).toList();
        return byWeight(best.isEmpty() ? candidates : best, random);
    }

    private MemberSpec byWeight(List<MemberSpec> members, RandomGenerator random) {
        double all = members.stream().mapToDouble(this::weight).sum();
        double left = random.nextDouble() * all;
        for (MemberSpec member : members) {
            left -= weight(member);
            if (left < 0) {
                return member;
            }
        }
        return members.getLast();
    }

    private double weight(MemberSpec member) {
        OptionalLong lag = freshness.lagNanos(member.name());
        return lag.isEmpty()
                ? UNKNOWN
                : ALIKE_NANOS / Math.max(ALIKE_NANOS, (double) lag.getAsLong());
    }
}
