package io.shoestring.node;

import io.shoestring.model.ClusterStatus;
import io.shoestring.model.NodeName;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicBoolean;

/** Asks the conductor on another node for an operator, and says why there is none. */
final class Elsewhere {
    private static final Duration STATUS = Duration.ofSeconds(2);
    private static final Duration COMMAND = Duration.ofSeconds(6);
    private static final Duration PING = Duration.ofMillis(700);
    private static final Duration REACHES = Duration.ofMillis(900);

    private final Channel channel;
    private final Set<NodeName> others;

    Elsewhere(Channel channel, Set<NodeName> others) {
        this.channel = channel;
        this.others = others;
    }

    /** Empty if it does not answer, or does not decide. */
    Optional<ClusterStatus> status(NodeName conductor) {
        try {
            String answer =
                    channel.call(conductor, Wire.STATUS, Wire.write(new Wire.Nothing()), STATUS);
            return trouble(answer).isPresent()
                    ? Optional.empty()
                    : Optional.of(Wire.read(answer, ClusterStatus.class));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Has a command carried out there. */
    Operations.Reply command(NodeName conductor, String path, Object command) {
        Set<NodeName> silent = new ConcurrentSkipListSet<>();
        ping(conductor, silent);
        if (!silent.isEmpty()) {
            return refused(whyNobody());
        }
        try {
            String answer = channel.call(conductor, path, Wire.write(command), COMMAND);
            return trouble(answer)
                    .map(why -> refused("Node " + conductor + " was asked, but " + why + "."))
                    .orElseGet(() -> Wire.read(answer, Operations.Reply.class));
        } catch (IOException | JacksonException e) {
            return refused(
                    "Node %s, which decides, did not answer (%s), so it is unknown whether the command was written down; look at the status before you try again."
                            .formatted(conductor, e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused("The node is stopping.");
        }
    }

    /**
     * A third node that hears all of those; asks one after the other, each for less than a second.
     */
    Optional<NodeName> whoReaches(Collection<NodeName> away) {
        return others.stream()
                .filter(node -> !away.contains(node))
                .filter(node -> away.stream().allMatch(it -> reaches(node, it)))
                .findFirst();
    }

    /** Whether this node hears that one, or a third one does; all are asked at the same time. */
    boolean isReachedByAnyone(NodeName away) throws InterruptedException {
        AtomicBoolean reached = new AtomicBoolean();
        List<Thread> asking = new ArrayList<>();
        asking.add(Thread.ofVirtual().start(() -> noteIf(reached, reaches(away).reached())));
        others.stream()
                .filter(node -> !node.equals(away))
                .forEach(
                        node ->
                                asking.add(
                                        Thread.ofVirtual()
                                                .start(
                                                        () ->
                                                                noteIf(
                                                                        reached,
                                                                        reaches(node, away)))));
        for (Thread each : asking) {
            each.join();
        }
        return reached.get();
    }

    private static void noteIf(AtomicBoolean noted, boolean holds) {
        if (holds) {
            noted.set(true);
        }
    }

    private boolean reaches(NodeName node, NodeName away) {
        try {
            String answer =
                    channel.call(
                            node,
                            Wire.REACHES,
                            Wire.write(new Wire.AskReaches(away.value())),
                            REACHES);
            return trouble(answer).isEmpty() && Wire.read(answer, Wire.Reaches.class).reached();
        } catch (IOException | JacksonException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Answers such a question of another node. */
    Wire.Reaches reaches(NodeName away) {
        Set<NodeName> silent = new ConcurrentSkipListSet<>();
        ping(away, silent);
        return new Wire.Reaches(silent.isEmpty());
    }

    /** Why nobody decides, found out by asking all; takes less than a second. */
    String whyNobody() {
        Set<NodeName> silent = new ConcurrentSkipListSet<>();
        List<Thread> asking =
                others.stream()
                        .map(node -> Thread.ofVirtual().start(() -> ping(node, silent)))
                        .toList();
        asking.forEach(Elsewhere::join);
        if (silent.isEmpty()) {
            return "Nobody decides at this moment: the nodes are choosing who does; try again in"
                    + " some seconds.";
        }
        List<String> names = silent.stream().map(NodeName::value).toList();
        String list =
                names.size() == 1
                        ? names.getFirst() + " does"
                        : String.join(", ", names.subList(0, names.size() - 1))
                                + " and "
                                + names.getLast()
                                + " do";
        int reached = others.size() + 1 - silent.size();
        boolean majority = reached * 2 > others.size() + 1;
        return majority
                ? "Nobody that can be reached decides at this moment: "
                        + list
                        + " not answer; try again in some seconds."
                : "Nobody decides at this moment, because no majority of the nodes can be reached: "
                        + list
                        + " not answer.";
    }

    private void ping(NodeName node, Set<NodeName> silent) {
        try {
            channel.call(node, Wire.PING, Wire.write(new Wire.Nothing()), PING);
        } catch (IOException e) {
            silent.add(node);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(PING.plusMillis(300));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<String> trouble(String answer) {
        return Optional.ofNullable(Wire.read(answer, Wire.Trouble.class).trouble());
    }

    private static Operations.Reply refused(String sentence) {
        return new Operations.Reply(false, sentence, "");
    }
}
