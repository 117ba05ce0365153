package io.shoestring.proxy.postgresql;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a client has made of its session: settings, which can be repeated on another server
 * connection, and things which cannot; those pin it to the server connection where they live, for a
 * reason that is kept.
 *
 * <p>Settings are believed when the server's command tag says that they are done, and kept when the
 * ReadyForQuery which follows says that their transaction is.
 */
final class SessionState {
    private static final int SETTINGS_MAX = 64;
    private static final int SETTING_BYTES_MAX = 4_096;

    private final ReadRule reads;
    private final List<Setting> settings = new ArrayList<>(0);
    private final List<byte[]> uncommitted = new ArrayList<>(0);
    private Optional<String> pin = Optional.empty();
    private Optional<String> keep = Optional.empty();
    private int version;
    private int rolledBack;
    private boolean failed;
    private boolean listening;
    private final Listening channels = new Listening();
    private int ordersRolledBack;
    private Effect.@Nullable Settings severalSettings;
    private int settingsDone;

    /**
     * A SET statement; {@code version} orders them, {@code subject} is what a later one replaces.
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Setting(int version, String subject, byte[] statement) {}

    SessionState(ReadRule reads) {
        this.reads = reads;
    }

    /** Grows with every setting: a server connection that has got this far has them all. */
    int version() {
        return version;
    }

    /** The SET statements that are newer than {@code applied}, oldest first. */
    List<byte[]> settingsSince(int applied) {
        return settings.stream()
                .filter(setting -> setting.version() > applied)
                .map(Setting::statement)
                .toList();
    }

    /** Why the session can live on its present primary connection only. */
    Optional<String> pin() {
        return pin;
    }

    void pin(String reason) {
        if (pin.isEmpty()) {
            pin = Optional.of(reason);
        }
    }

    /** Why no other client must have the session's present primary connection, ever. */
    Optional<String> keep() {
        return pin.isPresent() ? pin : keep;
    }

    void keep(String reason) {
        if (keep.isEmpty()) {
            keep = Optional.of(reason);
        }
    }

    /** The client may be doing nothing but waiting for notifications. */
    boolean isListening() {
        return listening;
    }

    void listen() {
        listening = true;
    }

    /** What is listened on without a server connection of the client's own. */
    Listening channels() {
        return channels;
    }

    /** The server has done the next of several SETs. */
    void done(Effect.Settings effect) {
        if (!effect.equals(severalSettings)) {
            severalSettings = effect;
            settingsDone = 0;
        }
        if (settingsDone < effect.statements().size()) {
            effect.statements().get(settingsDone++).ifPresent(this::done);
        }
    }

    /** The server has done a SET. */
    void done(byte[] statement) {
        if (uncommitted.size() >= SETTINGS_MAX) {
            pin("more than " + SETTINGS_MAX + " settings in one transaction");
        }
        if (pin.isEmpty()) {
            uncommitted.add(statement);
        }
    }

    /** The tag COMMIT: what was done so far holds. */
    void committed() {
        keepFrom(rolledBack);
        channels.commit(ordersRolledBack);
        ordersRolledBack = 0;
    }

    /** The tag ROLLBACK: of the whole transaction, or to a savepoint; the status will tell. */
    void rolledBack() {
        rolledBack = uncommitted.size();
        ordersRolledBack = channels.uncommitted();
    }

    /** A request failed; if no transaction block is open, it has undone everything before it. */
    void failed() {
        failed = true;
    }

    /**
     * ReadyForQuery.
     *
     * @param status the transaction status that it tells
     */
    void ready(byte status) {
        if (status == 'I') {
            keepFrom(failed ? uncommitted.size() : rolledBack);
            channels.commit(failed ? channels.uncommitted() : ordersRolledBack);
        } else {
            backToSavepoint();
        }
        rolledBack = 0;
        ordersRolledBack = 0;
        failed = false;
        channels.requestEnded();
        severalSettings = null;
    }

    private void backToSavepoint() {
        if (rolledBack > 0) {
            pin("SET in a transaction that went back to a savepoint");
        }
        if (ordersRolledBack > 0) {
            // From now on it is the server connection that listens.
            channels.lost();
            pin("LISTEN in a transaction that went back to a savepoint");
        }
    }

    /** The server connection is gone, and with it the open transaction. */
    void lost() {
        uncommitted.clear();
        channels.lost();
        severalSettings = null;
        rolledBack = 0;
        ordersRolledBack = 0;
        failed = false;
    }

    /**
     * DISCARD ALL: as new.
     *
     * @param keepPin whether a later request may have pinned the session already
     */
    void clear(boolean keepPin) {
        settings.clear();
        reads.choose(Optional.empty());
        lost();
        channels.clear();
        if (!keepPin) {
            pin = Optional.empty();
            keep = Optional.empty();
            listening = false;
        }
    }

    private void keepFrom(int first) {
        for (int i = first; i < uncommitted.size(); i++) {
            keep(uncommitted.get(i));
        }
        uncommitted.clear();
        rolledBack = 0;
    }

    private void keep(byte[] statement) {
        String subject = subject(statement);
        if (subject.equals(ReadRule.SETTING)) {
            // It is about us; the server has taken it for a parameter of nobody's.
            reads.choose(ReadsOrder.of(statement).flatMap(ReadsOrder::wanted));
            return;
        }
        if (subject.equals("all")) {
            reads.choose(Optional.empty());
        }
        settings.removeIf(known -> known.subject().equals(subject));
        settings.add(new Setting(++version, subject, statement));
        if (settings.size() > SETTINGS_MAX || statement.length > SETTING_BYTES_MAX) {
            pin(
                    "more than "
                            + SETTINGS_MAX
                            + " different settings, or one over "
                            + SETTING_BYTES_MAX
                            + " bytes");
        }
    }

    /**
     * What is set, if the text is as plain as usual; else the whole text, which then nothing
     * replaces.
     */
    private static String subject(byte[] statement) {
        String text = new String(statement, StandardCharsets.ISO_8859_1).strip();
        String[] words = text.toLowerCase(Locale.ROOT).split("[\\s=;]+", 4);
        boolean plain = words.length > 1 && (words[0].equals("set") || words[0].equals("reset"));
        if (!plain || text.contains("/*") || text.contains("--")) {
            return text;
        }
        boolean session = words[1].equals("session") && words.length > 2;
        return session ? words[2] : words[1];
    }
}
