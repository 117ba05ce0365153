package io.shoestring.proxy.postgresql.statement;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.shoestring.base.Check;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All words that decide something, found by their bytes in any case without making a string: an
 * open-addressing table, filled once and then only read, so any thread may use it.
 */
final class Vocabulary {
    /** Functions with an effect on the session that a new server connection would lack. */
    private static final Map<String, PinReason> PINNING_FUNCTIONS =
            Map.of(
                    "pg_advisory_lock", PinReason.ADVISORY_LOCK,
                    "pg_advisory_lock_shared", PinReason.ADVISORY_LOCK,
                    "pg_try_advisory_lock", PinReason.ADVISORY_LOCK,
                    "pg_try_advisory_lock_shared", PinReason.ADVISORY_LOCK,
                    "set_config", PinReason.SET_CONFIG,
                    "setseed", PinReason.SESSION_FUNCTION,
                    "pg_replication_origin_session_setup", PinReason.SESSION_FUNCTION,
                    "dblink_connect", PinReason.SESSION_FUNCTION,
                    "dblink_connect_u", PinReason.SESSION_FUNCTION);

    /** Volatile functions which still leave nothing behind that another client could meet. */
    private static final Set<String> TRACELESS_FUNCTIONS =
            Set.of(
                    "clock_timestamp",
                    "gen_random_uuid",
                    "nextval",
                    "pg_advisory_xact_lock",
                    "pg_advisory_xact_lock_shared",
                    "pg_backend_pid",
                    "pg_current_wal_flush_lsn",
                    "pg_current_wal_insert_lsn",
                    "pg_current_wal_lsn",
                    "pg_current_xact_id",
                    "pg_current_xact_id_if_assigned",
                    "pg_is_in_recovery",
                    "pg_listening_channels",
                    "pg_notify",
                    "pg_sleep",
                    "pg_sleep_for",
                    "pg_sleep_until",
                    "pg_try_advisory_xact_lock",
                    "pg_try_advisory_xact_lock_shared",
                    "random",
                    "setval",
                    "timeofday",
                    "txid_current",
                    "txid_current_if_assigned",
                    // Not local, it is in the list above.
                    "set_config");

    private static final int SLOTS = 8192;
    private static final int MASK = SLOTS - 1;
    private static final int HASH_SEED = 17;

    private final byte[][] keys = new byte[SLOTS][];
    private final Word[] words = new Word[SLOTS];

    Vocabulary(Set<String> harmlessFunctions) {
        Map<String, Word> entries = new HashMap<>();
        harmlessFunctions.forEach(
                name -> entries.put(name, new Word(Keyword.NONE, true, true, Optional.empty())));
        TRACELESS_FUNCTIONS.forEach(
                name -> entries.put(name, new Word(Keyword.NONE, false, true, Optional.empty())));
        PINNING_FUNCTIONS.forEach(
                (name, pin) ->
                        entries.put(
                                name,
                                new Word(
                                        Keyword.NONE,
                                        false,
                                        TRACELESS_FUNCTIONS.contains(name),
                                        Optional.of(pin))));
        for (Keyword keyword : Keyword.values()) {
            for (String spelling : keyword.spellings()) {
                boolean harmless = harmlessFunctions.contains(spelling);
                boolean traceless = harmless || TRACELESS_FUNCTIONS.contains(spelling);
                entries.put(spelling, new Word(keyword, harmless, traceless, Optional.empty()));
            }
        }
        Check.that(entries.size() < SLOTS / 2, "the vocabulary is too large for its table");
        entries.forEach((name, word) -> put(name.getBytes(US_ASCII), word));
    }

    private void put(byte[] key, Word word) {
        int hash = HASH_SEED;
        for (byte letter : key) {
            hash = hash(hash, letter);
        }
        int slot = slot(hash);
        while (keys[slot] != null) {
            slot = (slot + 1) & MASK;
        }
        keys[slot] = key;
        words[slot] = word;
    }

    /** The hash of nothing; feed it to {@link #hash(int, byte)} letter by letter. */
    static int emptyHash() {
        return HASH_SEED;
    }

    static int hash(int hash, byte lowerCaseLetter) {
        return hash * 31 + lowerCaseLetter;
    }

    private static int slot(int hash) {
        return (hash ^ (hash >>> 13)) & MASK;
    }

    /** The word at {@code from}, whose lower-case letters have the given hash. */
    Word find(byte[] sql, int from, int to, int hash) {
        int slot = slot(hash);
        while (keys[slot] != null) {
            if (matches(keys[slot], sql, from, to)) {
                return words[slot];
            }
            slot = (slot + 1) & MASK;
        }
        return isStatisticsView(sql, from, to) ? Word.SERVER_VIEW : Word.UNKNOWN;
    }

    private static boolean matches(byte[] key, byte[] sql, int from, int to) {
        if (key.length != to - from) {
            return false;
        }
        for (int i = 0; i < key.length; i++) {
            if (key[i] != Letters.toLowerCase(sql[from + i])) {
                return false;
            }
        }
        return true;
    }

    /** By prefix, because every major version adds some: pg_stat_io, pg_statio_user_tables. */
    private static boolean isStatisticsView(byte[] sql, int from, int to) {
        return hasPrefix("pg_stat_", sql, from, to) || hasPrefix("pg_statio_", sql, from, to);
    }

    private static boolean hasPrefix(String prefix, byte[] sql, int from, int to) {
        if (to - from < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if (prefix.charAt(i) != Letters.toLowerCase(sql[from + i])) {
                return false;
            }
        }
        return true;
    }
}
