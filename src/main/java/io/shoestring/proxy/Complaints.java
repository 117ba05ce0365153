package io.shoestring.proxy;

import io.shoestring.base.Clock;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * What is wrong with members, from the sessions' point of view: a thousand sessions that meet the
 * same trouble write one line. Thread-safe.
 */
public final class Complaints {
    private static final Logger LOG = LoggerFactory.getLogger(Complaints.class);
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Clock clock;
    private final Map<MemberName, Complaint> latest = new ConcurrentHashMap<>();

    private record Complaint(String text, long atNanos) {}

    public Complaints(Clock clock) {
        this.clock = clock;
    }

    /** Says it, unless it has just been said. */
    public void about(MemberSpec member, String text) {
        Complaint complaint = new Complaint(text, clock.nanos());
        Complaint before = latest.get(member.name());
        if (before != null && isSaid(before, complaint)) {
            return;
        }
        latest.put(member.name(), complaint);
        LOG.warn("member {} ({}) {}", member.name(), member.endpoint(), text);
    }

    private static boolean isSaid(Complaint before, Complaint now) {
        return before.text().equals(now.text()) && now.atNanos() - before.atNanos() < QUIET_NANOS;
    }

    /** What was wrong with the member last, if that was lately. */
    public Optional<String> of(MemberSpec member) {
        return Optional.ofNullable(latest.get(member.name()))
                .filter(complaint -> clock.nanos() - complaint.atNanos() < 2 * QUIET_NANOS)
                .map(complaint -> "Member " + member.name() + " " + complaint.text());
    }
}
