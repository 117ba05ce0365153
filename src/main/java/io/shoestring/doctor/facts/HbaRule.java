package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;

/**
 * A line of {@code pg_hba.conf} as the server understood it.
 *
 * @param type {@code local}, {@code host}, {@code hostssl}, …
 * @param address an IP address, {@code all}, {@code samehost}, {@code samenet} or a host's name
 * @param netmask of an IP address
 * @param error what the server complains of; empty for a sound line
 */
public record HbaRule(
        int line,
        String type,
        List<String> databases,
        List<String> users,
        String address,
        String netmask,
        String method,
        String error) {
    public HbaRule {
        requireNonNull(type, "type is null");
        databases = List.copyOf(databases);
        users = List.copyOf(users);
        requireNonNull(address, "address is null");
        requireNonNull(netmask, "netmask is null");
        requireNonNull(method, "method is null");
        requireNonNull(error, "error is null");
    }

    /** What the rules say of somebody who connects over TCP. */
    public sealed interface Verdict {
        /** The rule that lets him try to log in. */
        record Allowed(HbaRule rule) implements Verdict {}

        /** A rule refuses him. */
        record Rejected(HbaRule rule) implements Verdict {}

        /** There is no rule for him. */
        record Unmentioned() implements Verdict {}

        /** A rule comes first that cannot be judged from here: by a name, a group or a network. */
        record Unclear() implements Verdict {}
    }

    private enum Match {
        YES,
        NO,
        PERHAPS
    }

    /**
     * The first rule that matches decides, as in the server.
     *
     * @param database its name, or {@code replication}
     * @param address numeric
     * @param tls whether the connection is encrypted
     */
    public static Verdict judge(
            List<HbaRule> rules, String database, String user, String address, boolean tls) {
        for (HbaRule rule : rules) {
            Match match = rule.matches(database, user, address, tls);
            if (match == Match.PERHAPS) {
                return new Verdict.Unclear();
            }
            if (match == Match.YES) {
                return rule.method.equals("reject")
                        ? new Verdict.Rejected(rule)
                        : new Verdict.Allowed(rule);
            }
        }
        return new Verdict.Unmentioned();
    }

    private Match matches(String database, String user, String from, boolean tls) {
        return error.isEmpty() && ofType(tls) && ofDatabase(database)
                ? both(ofUser(user), ofAddress(from))
                : Match.NO;
    }

    private static Match both(Match one, Match other) {
        if (one == Match.NO || other == Match.NO) {
            return Match.NO;
        }
        return one == Match.YES ? other : one;
    }

    private boolean ofType(boolean tls) {
        return switch (type) {
            case "host", "hostnogssenc" -> true;
            case "hostssl" -> tls;
            case "hostnossl" -> !tls;
            default -> false;
        };
    }

    private boolean ofDatabase(String database) {
        return databases.contains(database)
                || (databases.contains("all") && !database.equals("replication"));
    }

    private Match ofUser(String user) {
        if (users.contains("all") || users.contains(user)) {
            return Match.YES;
        }
        return users.stream().anyMatch(name -> name.startsWith("+") || name.startsWith("/"))
                ? Match.PERHAPS
                : Match.NO;
    }

    private Match ofAddress(String from) {
        Optional<byte[]> own = numeric(address);
        Optional<byte[]> mask = numeric(netmask);
        Optional<byte[]> theirs = numeric(from);
        if (address.equals("all")) {
            return Match.YES;
        }
        if (own.isEmpty() || mask.isEmpty() || theirs.isEmpty()) {
            return Match.PERHAPS;
        }
        return within(theirs.get(), own.get(), mask.get()) ? Match.YES : Match.NO;
    }

    private static boolean within(byte[] theirs, byte[] own, byte[] mask) {
        if (theirs.length != own.length || mask.length != own.length) {
            return false;
        }
        for (int i = 0; i < own.length; i++) {
            if (((theirs[i] ^ own[i]) & mask[i]) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is for connections from other machines. */
    public boolean fromElsewhere() {
        return !type.equals("local")
                && !address.equals("samehost")
                && !numeric(address).map(HbaRule::isLoopback).orElse(false);
    }

    private static boolean isLoopback(byte[] address) {
        try {
            return InetAddress.getByAddress(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address of " + address.length + " bytes", e);
        }
    }

    /** Never asks a name server. */
    private static Optional<byte[]> numeric(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text).getAddress());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
