package io.shoestring.doctor.facts;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * A server's settings, as a new session of nobody in particular has them.
 *
 * @param all by name
 * @param complaints of the server about lines of its files
 * @param automatic what {@code postgresql.auto.conf} sets (ALTER SYSTEM)
 * @param special what is set for a role or a database only
 */
public record SettingFacts(
        Map<String, Setting> all,
        List<String> complaints,
        List<String> automatic,
        List<Special> special) {
    private static final Setting NONE = new Setting("", "", false);

    public SettingFacts {
        all = Map.copyOf(all);
        complaints = List.copyOf(complaints);
        automatic = List.copyOf(automatic);
        special = List.copyOf(special);
    }

    /**
     * One setting.
     *
     * @param value in {@code unit}
     * @param unit {@code ms}, {@code 8kB}, …; empty for none
     * @param pendingRestart whether the files have another value, which needs a restart
     */
    public record Setting(String value, String unit, boolean pendingRestart) {
        public Setting {
            requireNonNull(value, "value is null");
            requireNonNull(unit, "unit is null");
        }
    }

    /**
     * A setting of ALTER ROLE or ALTER DATABASE.
     *
     * @param whose {@code role app}, {@code database shop}
     */
    public record Special(String whose, String role, String name, String value) {
        public Special {
            requireNonNull(whose, "whose is null");
            requireNonNull(role, "role is null");
            requireNonNull(name, "name is null");
            requireNonNull(value, "value is null");
        }
    }

    /** The value as it stands; empty if this version has no such setting. */
    public String text(String name) {
        return setting(name).value();
    }

    public boolean isOn(String name) {
        return text(name).equals("on");
    }

    /** The number as it stands, without its unit; 0 if there is none. */
    public long number(String name) {
        String value = text(name);
        return value.matches("-?\\d+") ? Long.parseLong(value) : 0;
    }

    /** In milliseconds; negative and 0 as they stand, because they have meanings of their own. */
    public long millis(String name) {
        return scaled(
                name,
                switch (setting(name).unit()) {
                    case "s" -> 1000;
                    case "min" -> 60_000;
                    default -> 1;
                });
    }

    /** In bytes; negative and 0 as they stand. */
    public long bytes(String name) {
        String unit = setting(name).unit();
        long factor = unit.matches("\\d+.*") ? Long.parseLong(unit.replaceAll("\\D", "")) : 1;
        return scaled(
                name,
                factor
                        * switch (unit.replaceAll("\\d", "")) {
                            case "kB" -> 1L << 10;
                            case "MB" -> 1L << 20;
                            case "GB" -> 1L << 30;
                            default -> 1;
                        });
    }

    private long scaled(String name, long factor) {
        long number = number(name);
        return number <= 0 ? number : number * factor;
    }

    private Setting setting(String name) {
        return all.getOrDefault(name, NONE);
    }
}
