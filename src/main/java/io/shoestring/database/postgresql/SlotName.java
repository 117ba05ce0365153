package io.shoestring.database.postgresql;

import io.shoestring.model.MemberName;

import java.util.Locale;

/** The replication slot that a primary keeps for a replica. */
public final class SlotName {
    /** What the names of all our slots begin with. */
    static final String PREFIX = "shoestring_";

    private static final int LONGEST = 40;

    private SlotName() {}

    /**
     * PostgreSQL allows small letters, digits and underscores only. A name that had to be changed
     * gets a number, so that {@code a-b} and {@code a_b} have different slots.
     */
    public static String of(MemberName member) {
        String plain = member.value().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        if (plain.equals(member.value()) && plain.length() <= LONGEST) {
            return PREFIX + plain;
        }
        String start = plain.substring(0, Math.min(plain.length(), LONGEST));
        return PREFIX + start + "_" + Integer.toHexString(member.value().hashCode());
    }
}
