package io.shoestring.proxy.postgresql;

import io.shoestring.config.Consistency;
import io.shoestring.model.MemberName;
import io.shoestring.proxy.FreshnessBoard;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the reads of one session must find on a replica, and which replicas have that. On the
 * client's event loop only.
 */
final class ReadRule {
    /** By which clients ask for, and choose, the consistency of their reads. */
    static final String SETTING = "shoestring.reads";

    private static final Pattern OPTION =
            Pattern.compile("(?:-c\\s*|--)shoestring\\.reads=([a-z]+)");

    private final ListenerContext listener;
    private final FreshnessBoard freshness;
    private final Optional<Consistency> initial;
    private Optional<Consistency> chosen = Optional.empty();
    private boolean wrote;
    private long lastNanos;

    /**
     * Nothing was written yet.
     *
     * @param startup the parameters of the client's start-up packet, whose {@code options} may say
     *     {@code -c shoestring.reads=…}
     */
    ReadRule(ListenerContext listener, Map<String, String> startup) {
        this.listener = listener;
        this.initial = ofOptions(startup.getOrDefault("options", ""));
        this.freshness = listener.freshness();
    }

    private static Optional<Consistency> ofOptions(String options) {
        Matcher found = OPTION.matcher(options);
        return found.find() ? Consistency.of(found.group(1)) : Optional.empty();
    }

    /** What the client has chosen, or what the listener has for all. */
    Consistency consistency() {
        return chosen.or(() -> initial).orElseGet(() -> listener.config().reads().consistency());
    }

    /** The client wants this; empty: what it had at first. */
    void choose(Optional<Consistency> wanted) {
        chosen = wanted;
    }

    /** Something that may have written has just been answered. */
    void written() {
        wrote = true;
        lastNanos = listener.clock().nanos();
    }

    /**
     * Whether a read that came then finds what it must there. What is known of the server from
     * before this connection does not count: the server may have crashed in between and come back
     * older.
     */
    boolean holds(ServerLink replica, long cameNanos) {
        if (needsNothing()) {
            return true;
        }
        long needed = needed(cameNanos);
        boolean openedLater = replica.readyAtNanos() - needed > 0;
        return freshness.covers(
                replica.member().name(), openedLater ? replica.readyAtNanos() : needed);
    }

    /** As {@link #holds}, of a connection that is yet to be chosen. */
    boolean mayHold(MemberName replica, long cameNanos) {
        return needsNothing() || freshness.covers(replica, needed(cameNanos));
    }

    private boolean needsNothing() {
        return consistency() == Consistency.SESSION && !wrote;
    }

    private long needed(long cameNanos) {
        return switch (consistency()) {
            case SESSION -> lastNanos;
            case CLUSTER -> cameNanos;
            case EVENTUAL -> listener.clock().nanos() - maxLag().toNanos();
        };
    }

    private Duration maxLag() {
        return listener.config().reads().maxLag();
    }

    /** Whether it is worth to wait a moment: what is needed comes about by itself. */
    boolean comesSoon() {
        return consistency() == Consistency.CLUSTER;
    }

    /** Why a replica was good. */
    String why() {
        return "it certainly only reads, and the replica "
                + switch (consistency()) {
                    case SESSION -> "has what this session wrote";
                    case CLUSTER -> "has everything that was acknowledged before it";
                    case EVENTUAL -> "is at most " + maxLag().toMillis() + " ms behind";
                };
    }

    /** Why none was. */
    String whyNot() {
        return "no replica is known to "
                + switch (consistency()) {
                    case SESSION -> "have what this session wrote";
                    case CLUSTER -> "have everything that was acknowledged before it";
                    case EVENTUAL -> "be at most " + maxLag().toMillis() + " ms behind";
                };
    }
}
