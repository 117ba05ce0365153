package io.shoestring.control;

import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;
import io.shoestring.model.Observation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What would become of a switchover that were asked for now, in sentences: what would prevent it,
 * and what is good to know before.
 *
 * @param possible whether it would begin
 * @param sentences the most important first
 */
public record Preflight(boolean possible, List<String> sentences) {
    public Preflight {
        sentences = List.copyOf(sentences);
    }

    /**
     * Judges.
     *
     * @param to whom the operator would ask for; empty: the best replica
     */
    public static Preflight of(Observation observation, Optional<MemberName> to) {
        View view = new View(observation);
        return switch (SwitchoverRequest.judge(observation, to)) {
            case SwitchoverRequest.Refused refused ->
                    new Preflight(
                            false, List.of("A switchover would be refused. " + refused.sentence()));
            case SwitchoverRequest.Possible possible ->
                    new Preflight(true, known(view, possible.from(), possible.to()));
        };
    }

    private static List<String> known(View view, MemberName from, MemberName to) {
        List<String> sentences = new ArrayList<>();
        sentences.add(
                "A switchover would begin: %s hands over to %s, and nothing prevents it at this moment."
                        .formatted(from, to));
        behind(view, from, to).ifPresent(sentences::add);
        open(view).ifPresent(sentences::add);
        unaware(view).ifPresent(sentences::add);
        afterwards(view, to).ifPresent(sentences::add);
        never(view, to).ifPresent(sentences::add);
        if (view.record().paused()) {
            sentences.add("Automatic failover is paused; a switchover works all the same.");
        }
        return sentences;
    }

    private static Optional<String> behind(View view, MemberName from, MemberName to) {
        if (!view.spec().inBytes()
                || !(view.state(from).orElse(null) instanceof MemberState.Primary primary)) {
            return Optional.empty();
        }
        long bytes =
                view.replica(to)
                        .map(it -> primary.current().lsn().bytesAheadOf(it.replayed().lsn()))
                        .orElse(0L);
        return bytes > 0
                ? Optional.of(
                        "%s has %d kB of the log to apply, for which clients would wait."
                                .formatted(to, (bytes + 1023) / 1024))
                : Optional.empty();
    }

    private static Optional<String> open(View view) {
        int open = view.seen().proxies().openTransactions();
        return open == 0
                ? Optional.empty()
                : Optional.of(
                        (open == 1 ? "1 transaction is" : open + " transactions are")
                                + " open at the listeners: if one still is 5 s after new ones are"
                                + " held, the switchover is given up.");
    }

    private static Optional<String> unaware(View view) {
        int unaware = view.seen().proxies().unaware();
        return unaware == 0
                ? Optional.empty()
                : Optional.of(
                        (unaware == 1 ? "1 node has" : unaware + " nodes have")
                                + " not heard the newest topology yet: it waits for them, 5 s at"
                                + " most.");
    }

    private static Optional<String> afterwards(View view, MemberName to) {
        boolean others =
                view.others(to).stream()
                        .anyMatch(
                                spec ->
                                        spec.priority() > 0
                                                && !view.offline(spec.name())
                                                && (view.replica(spec.name()).isPresent()
                                                        || view.state(spec.name()).orElse(null)
                                                                instanceof MemberState.Primary));
        return others
                ? Optional.empty()
                : Optional.of("Afterwards nobody could take over from " + to + ".");
    }

    private static Optional<String> never(View view, MemberName to) {
        return view.spec()
                .member(to)
                .map(MemberSpec::priority)
                .filter(priority -> priority == 0)
                .map(_ -> to + " has priority 0: it would never be chosen by itself.");
    }
}
