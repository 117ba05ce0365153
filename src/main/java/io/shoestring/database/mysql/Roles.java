package io.shoestring.database.mysql;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who is the primary, by what the servers say of themselves. Pure. */
final class Roles {
    private Roles() {}

    /** What a server said when it was looked at last. */
    sealed interface Look {
        /** It takes writes, or it does not. */
        record Answered(boolean writable) implements Look {}

        /** It did not answer; why, in a clause. */
        record Silent(String why) implements Look {}
    }

    /**
     * What follows.
     *
     * @param reason one sentence
     */
    record Decision(Optional<String> primary, String reason) {}

    /**
     * Decides. A primary that does not answer stays the primary until another server takes writes:
     * the sessions find out by themselves whether it is there. Who comes back and takes writes
     * while there is a primary is not used: its data may have gone another way.
     *
     * @param incumbent the primary so far
     * @param looks at every server, by its name
     */
    static Decision decide(Optional<String> incumbent, Map<String, Look> looks) {
        List<String> writable =
                looks.entrySet().stream()
                        .filter(
                                each ->
                                        each.getValue()
                                                        instanceof
                                                        Look.Answered(boolean takesWrites)
                                                && takesWrites)
                        .map(Map.Entry::getKey)
                        .sorted()
                        .toList();
        if (incumbent.filter(writable::contains).isPresent()) {
            return new Decision(incumbent, stays(incumbent.get(), writable));
        }
        if (writable.size() == 1) {
            return new Decision(
                    Optional.of(writable.getFirst()),
                    writable.getFirst() + " is the only server that takes writes.");
        }
        if (writable.size() > 1) {
            return new Decision(
                    Optional.empty(),
                    String.join(" and ", writable)
                            + " take writes, so it is not known which is the primary: make all but"
                            + " one read-only (SET GLOBAL read_only = 1).");
        }
        if (incumbent.isPresent()
                && looks.get(incumbent.get()) instanceof Look.Silent(String why)) {
            return new Decision(
                    incumbent,
                    incumbent.get() + " does not answer (" + why + "), and no other takes writes.");
        }
        return new Decision(Optional.empty(), nobody(looks));
    }

    private static String stays(String primary, List<String> writable) {
        List<String> others = writable.stream().filter(each -> !each.equals(primary)).toList();
        return others.isEmpty()
                ? primary + " is the only server that takes writes."
                : primary
                        + " is the primary; "
                        + String.join(" and ", others)
                        + " would take writes too and gets none: make it a replica.";
    }

    private static String nobody(Map<String, Look> looks) {
        StringBuilder reason = new StringBuilder("No server takes writes:");
        looks.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        each ->
                                reason.append(
                                                reason.charAt(reason.length() - 1) == ':'
                                                        ? " "
                                                        : ", ")
                                        .append(each.getKey())
                                        .append(
                                                each.getValue() instanceof Look.Silent(String why)
                                                        ? " does not answer (" + why + ")"
                                                        : " is read-only"));
        return reason.append('.').toString();
    }
}
