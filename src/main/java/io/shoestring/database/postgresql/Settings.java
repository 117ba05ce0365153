package io.shoestring.database.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The part of a server's settings that Shoestring decides: its role above all.
 *
 * @param epoch in which this was decided; {@code SHOW shoestring.epoch} tells it
 * @param upstream the primary to follow; empty for a primary
 * @param synchronous for whom commits wait
 * @param keepsLog whether no checkpoint may remove log
 * @param delay how much later it applies the log, if it does
 */
record Settings(
        MemberName member,
        int port,
        long epoch,
        Optional<Upstream> upstream,
        Set<MemberName> synchronous,
        boolean keepsLog,
        Optional<Delay> delay) {
    /** Enough for hours of a small database's writes; beyond it a replica is cloned anew. */
    private static final String SLOT_LIMIT = "4GB";

    /**
     * A replica that the primary does not hear is out of the synchronous set in less than ten
     * seconds, also if everybody else hears both; PostgreSQL's own minute is a minute without
     * commits.
     */
    private static final String SILENCE = "6s";

    static final String DELAY = "recovery_min_apply_delay";

    private static final int FIRST_WITH_FAILOVER_SLOTS = 17;
    private static final String AHEAD_OF_SUBSCRIBERS = "synchronized_standby_slots";

    /** Those that a running server can be asked for, in every version. */
    static final List<String> NAMES =
            List.of(
                    "max_slot_wal_keep_size",
                    "wal_retrieve_retry_interval",
                    "wal_sender_timeout",
                    "wal_receiver_timeout",
                    "primary_conninfo",
                    "primary_slot_name",
                    DELAY,
                    "synchronous_standby_names");

    Settings {
        requireNonNull(member, "member is null");
        requireNonNull(upstream, "upstream is null");
        requireNonNull(delay, "delay is null");
        synchronous = Set.copyOf(synchronous);
    }

    /** A primary's. */
    static Settings ofPrimary(
            MemberName member, int port, long epoch, Set<MemberName> synchronous) {
        return new Settings(
                member, port, epoch, Optional.empty(), synchronous, false, Optional.empty());
    }

    /** A replica's. */
    static Settings ofReplica(
            MemberName member, int port, long epoch, Upstream upstream, Optional<Delay> delay) {
        return new Settings(member, port, epoch, Optional.of(upstream), Set.of(), false, delay);
    }

    /** A replica's that shall receive nothing. */
    static Settings ofDetached(MemberName member, int port, long epoch, Optional<Delay> delay) {
        return new Settings(member, port, epoch, Optional.empty(), Set.of(), false, delay);
    }

    /**
     * For the crash recovery that {@code pg_rewind} begins with: its checkpoint would remove the
     * very log that {@code pg_rewind} needs next.
     */
    static Settings ofRewound(MemberName member, int port, long epoch) {
        return new Settings(
                member, port, epoch, Optional.empty(), Set.of(), true, Optional.empty());
    }

    /**
     * The primary that a replica follows.
     *
     * @param passwordFile in libpq's format
     */
    record Upstream(Endpoint endpoint, String user, String passwordFile) {
        /** A primary that vanished without a word is noticed after about eleven seconds. */
        static final Map<String, String> PATIENCE =
                Collections.unmodifiableMap(
                        new TreeMap<>(
                                Map.of(
                                        "connect_timeout", "5",
                                        "keepalives_idle", "5",
                                        "keepalives_interval", "2",
                                        "keepalives_count", "3")));

        Upstream {
            requireNonNull(endpoint, "endpoint is null");
            requireNonNull(user, "user is null");
            requireNonNull(passwordFile, "passwordFile is null");
        }

        String connectionInfo(MemberName member) {
            Map<String, String> values = new LinkedHashMap<>();
            values.put("host", endpoint.host());
            values.put("port", Integer.toString(endpoint.port()));
            values.put("user", user);
            // Streaming needs none; logical slots are read there, if they are to follow a failover.
            values.put("dbname", ServerLogin.MAINTENANCE_DATABASE);
            values.put("passfile", passwordFile);
            values.put("application_name", member.value());
            values.putAll(PATIENCE);
            return ConnectionInfo.render(values);
        }
    }

    /**
     * Name and value, in the order of the file.
     *
     * @param majorVersion of the server
     */
    Map<String, String> values(int majorVersion) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("shoestring.epoch", Long.toString(epoch));
        values.put("port", Integer.toString(port));
        values.put("hot_standby", "on");
        values.put("wal_log_hints", "on");
        values.put("max_slot_wal_keep_size", SLOT_LIMIT);
        values.put("wal_retrieve_retry_interval", "500ms");
        values.put("wal_sender_timeout", SILENCE);
        values.put("wal_receiver_timeout", SILENCE);
        values.put("primary_conninfo", upstream.map(it -> it.connectionInfo(member)).orElse(""));
        values.put("primary_slot_name", upstream.isPresent() ? SlotName.of(member) : "");
        if (upstream.isPresent()) {
            values.put(DELAY, asShown(delay));
        }
        values.put("synchronous_standby_names", SynchronousNames.render(synchronous));
        if (majorVersion >= FIRST_WITH_FAILOVER_SLOTS) {
            values.put(AHEAD_OF_SUBSCRIBERS, slots());
        }
        if (keepsLog) {
            values.put("wal_keep_size", "1TB");
        }
        return values;
    }

    /** A subscriber must not have what whoever takes over has not. */
    private String slots() {
        return synchronous.stream().sorted().map(SlotName::of).collect(Collectors.joining(", "));
    }

    /** A delay as the server itself shows it: in the longest unit that it is a multiple of. */
    static String asShown(Optional<Delay> delay) {
        long seconds = delay.map(Delay::seconds).orElse(0L);
        if (seconds == 0) {
            return "0";
        }
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        if (seconds % 3_600 == 0) {
            return seconds / 3_600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "min" : seconds + "s";
    }

    /** The text of {@code shoestring.conf}. */
    String render(int majorVersion) {
        StringBuilder text =
                new StringBuilder(
                        "# Written by Shoestring whenever the role changes: changes here are lost."
                                + " Your own settings\n# belong into postgresql.conf.\n");
        text.append("# ").append(upstream.isPresent() ? "Replica" : "Primary");
        text.append(" of epoch ").append(epoch).append(".\n");
        values(majorVersion)
                .forEach((name, value) -> text.append(name).append(" = ").append(quote(value)));
        return text.toString();
    }

    private static String quote(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'\n";
    }
}
