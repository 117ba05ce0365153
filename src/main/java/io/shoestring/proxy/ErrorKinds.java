package io.shoestring.proxy;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many statements servers have answered with an error, by its kind: words that mean the same
 * for each engine, and whose number does not depend on what clients send. Any thread counts.
 */
public final class ErrorKinds {
    /** What an error is about. */
    private enum Kind {
        /** The statement is not understood, or names what does not exist. */
        SYNTAX,
        /** Who asks may not. */
        RIGHTS,
        /** A value does not fit. */
        DATA,
        /** A unique key, a foreign key, a check. */
        CONSTRAINT,
        /** A deadlock, or a serialization failure: to be tried again. */
        CONFLICT,
        /** A lock was not had in time. */
        LOCK,
        /** Cancelled by somebody, or by a time limit. */
        CANCELLED,
        /** Not in this state of the transaction, or of the server: it is read-only, for one. */
        STATE,
        /** Too little memory, disk, or connections. */
        RESOURCES,
        /** Anything else. */
        OTHER
    }

    private final Map<Kind, LongAdder> counts = new EnumMap<>(Kind.class);

    public ErrorKinds() {
        for (Kind kind : Kind.values()) {
            counts.put(kind, new LongAdder());
        }
    }

    /** One with this SQLSTATE, of PostgreSQL. */
    public void countState(String sqlState) {
        count(ofState(sqlState));
    }

    /** One with this number, of MariaDB or MySQL. */
    public void countNumber(int code) {
        count(ofNumber(code));
    }

    private void count(Kind kind) {
        LongAdder adder = counts.get(kind);
        if (adder != null) {
            adder.increment();
        }
    }

    /** Those that have occurred, in lower-case words. */
    public Map<String, Long> sums() {
        Map<String, Long> sums = new TreeMap<>();
        counts.forEach(
                (kind, count) -> {
                    if (count.sum() > 0) {
                        sums.put(kind.name().toLowerCase(Locale.ROOT), count.sum());
                    }
                });
        return sums;
    }

    private static Kind ofState(String sqlState) {
        if (sqlState.equals("42501")) {
            return Kind.RIGHTS;
        }
        return switch (sqlState.substring(0, Math.min(2, sqlState.length()))) {
            case "42", "26", "34", "3D", "3F" -> Kind.SYNTAX;
            case "28" -> Kind.RIGHTS;
            case "21", "22" -> Kind.DATA;
            case "23", "27", "44" -> Kind.CONSTRAINT;
            case "40" -> Kind.CONFLICT;
            case "55" -> Kind.LOCK;
            case "57" -> Kind.CANCELLED;
            case "25", "24", "2D", "3B" -> Kind.STATE;
            case "53", "54", "58" -> Kind.RESOURCES;
            default -> Kind.OTHER;
        };
    }

    /** The same numbers in MariaDB and MySQL. */
    private static Kind ofNumber(int code) {
        return switch (code) {
            case 1046, 1049, 1051, 1052, 1054, 1064, 1091, 1109, 1146, 1149, 1247, 1305 ->
                    Kind.SYNTAX;
            case 1044, 1045, 1095, 1142, 1143, 1227, 1370, 1698 -> Kind.RIGHTS;
            case 1048, 1264, 1265, 1292, 1364, 1365, 1366, 1367, 1406, 1690 -> Kind.DATA;
            case 1022, 1062, 1169, 1216, 1217, 1451, 1452, 1557, 1586, 1761, 3819, 4025 ->
                    Kind.CONSTRAINT;
            case 1020, 1213, 1614 -> Kind.CONFLICT;
            case 1099, 1100, 1205 -> Kind.LOCK;
            case 1028, 1317, 1969, 3024 -> Kind.CANCELLED;
            case 1290, 1568, 1792, 1836 -> Kind.STATE;
            case 1021, 1037, 1038, 1040, 1041, 1114, 1203, 1206, 1226 -> Kind.RESOURCES;
            default -> Kind.OTHER;
        };
    }
}
