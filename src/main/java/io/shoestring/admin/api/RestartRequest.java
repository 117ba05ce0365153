package io.shoestring.admin.api;

import java.util.List;
import java.util.Optional;

/**
 * The wish for a rolling restart.
 *
 * @param members who; empty: all
 * @param pending whether only those whose settings wait for a restart; empty: no
 * @param kind {@code now} (also if it is empty), {@code check} or {@code cancel}
 */
public record RestartRequest(
        Optional<List<String>> members, Optional<Boolean> pending, Optional<String> kind) {}
