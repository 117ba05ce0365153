package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.admin.Configurations;
import io.shoestring.admin.api.ConfigurationReply;
import io.shoestring.admin.api.ConfigurationReply.NodeAnswer;
import io.shoestring.admin.api.ConfigurationRequest;
import io.shoestring.config.ConfigReader;
import io.shoestring.config.Problem;
import io.shoestring.config.ShoestringConfig;
import io.shoestring.consensus.ConsensusException;
import io.shoestring.consensus.ControlStore;
import io.shoestring.model.NodeName;
import io.shoestring.node.Channel;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Brings a configuration to the whole cluster: every node says first whether it could work by it,
 * then it is committed in consensus, and all take it up from there; whoever is away, when it comes
 * back. Any thread.
 */
final class ConfigDesk implements Configurations {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final String CHECK = "/configuration/check";
    private static final String STATE = "/configuration/state";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TAKEN_UP_WITHIN = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    /** What fits into an entry of the consensus log with all that is around it. */
    private static final int BYTES_MAX = 96 << 10;

    private final NodeName name;
    private final ControlStore store;
    private final Channel channel;
    private final ConfigFollower follower;
    private final ReentrantLock one = new ReentrantLock();

    record Question(String file, String text) {}

    record Obstacles(List<String> sentences) {}

    record Nothing() {}

    /** By what a node works, and why it does not by what was committed. */
    record State(String fingerprint, String trouble) {}

    ConfigDesk(NodeName name, ControlStore store, Channel channel, ConfigFollower follower) {
        this.name = requireNonNull(name, "name is null");
        this.store = requireNonNull(store, "store is null");
        this.channel = requireNonNull(channel, "channel is null");
        this.follower = requireNonNull(follower, "follower is null");
        serve(
                CHECK,
                Question.class,
                asked -> new Obstacles(obstacles(asked.file(), new ConfigText(asked.text()))));
        serve(STATE, Nothing.class, _ -> follower.state());
    }

    private <T> void serve(String path, Class<T> kind, Function<T, Object> answer) {
        channel.serve(
                path,
                (_, question) ->
                        MAPPER.writeValueAsString(answer.apply(MAPPER.readValue(question, kind))));
    }

    @Override
    public ConfigurationReply apply(ConfigurationRequest request, String who) {
        if (!one.tryLock()) {
            return refused("Another configuration is being applied; try again.", List.of());
        }
        try {
            return applyAlone(request, who);
        } catch (ConsensusException e) {
            return refused(
                    "Whether the configuration was committed is not known: "
                            + e.getMessage()
                            + " 'shoestring status' shows by which one each node works.",
                    List.of());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refused("The node is stopping; nothing is known of the others.", List.of());
        } finally {
            one.unlock();
        }
    }

    private ConfigurationReply applyAlone(ConfigurationRequest request, String who)
            throws ConsensusException, InterruptedException {
        var text = new ConfigText(request.text());
        List<String> here = obstacles(request.file(), text);
        if (!here.isEmpty()) {
            return refused("The configuration was refused; nothing has changed.", here);
        }
        ShoestringConfig before = follower.config();
        ShoestringConfig next = sound(request.file(), text);
        if (!next.cluster().nodes().containsKey(name)) {
            return refused(
                    "%s: this configuration is without %s, which was asked; ask a node that stays, with --admin HOST:PORT. Nothing has changed."
                            .formatted(request.file(), name),
                    List.of());
        }
        Set<NodeName> asked = staying(before, next);
        for (String absent : request.absent()) {
            if (!before.cluster().nodes().containsKey(new NodeName(absent))) {
                return refused(unknown(absent, before), List.of());
            }
            asked.remove(new NodeName(absent));
        }
        List<String> elsewhere = obstaclesAt(asked, request.file(), text);
        if (!elsewhere.isEmpty()) {
            return refused("The configuration was refused; nothing has changed.", elsewhere);
        }
        List<String> changes = new ConfigChanges(before, next).clauses();
        if (request.checkOnly()) {
            return new ConfigurationReply(
                    true,
                    "All nodes that were asked could work by it; nothing has changed.",
                    0,
                    changes,
                    List.of(),
                    List.of());
        }
        long version = commit(text, who);
        asked.add(name);
        return outcome(version, changes, await(asked, text), newcomers(before, next));
    }

    private static String unknown(String node, ShoestringConfig config) {
        return "There is no node %s; there are: %s. Nothing has changed."
                .formatted(
                        node,
                        config.cluster().nodes().keySet().stream()
                                .map(NodeName::value)
                                .collect(Collectors.joining(", ")));
    }

    private static ConfigurationReply refused(String sentence, List<String> problems) {
        return new ConfigurationReply(false, sentence, 0, List.of(), problems, List.of());
    }

    // ------------------------------------------------------------------ could it be?

    /** Why this node could not work by it; none: it could. */
    private List<String> obstacles(String file, ConfigText text) {
        int bytes = text.text().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > BYTES_MAX) {
            return List.of(
                    "%s: has %d bytes, and %d can be committed at most"
                            .formatted(file, bytes, BYTES_MAX));
        }
        return switch (follower.read(file, text)) {
            case ConfigReader.Broken(var problems) ->
                    problems.stream().map(Problem::toString).toList();
            case ConfigReader.Sound(var next) -> follower.obstacles(next);
        };
    }

    private ShoestringConfig sound(String file, ConfigText text) {
        if (follower.read(file, text) instanceof ConfigReader.Sound(var next)) {
            return next;
        }
        throw new IllegalStateException("a text that was sound is not any more");
    }

    /** The other nodes that were in the cluster and are to be in it. */
    private Set<NodeName> staying(ShoestringConfig before, ShoestringConfig next) {
        Set<NodeName> both = new LinkedHashSet<>(before.cluster().nodes().keySet());
        both.retainAll(next.cluster().nodes().keySet());
        both.remove(name);
        return both;
    }

    private static List<NodeName> newcomers(ShoestringConfig before, ShoestringConfig next) {
        return next.cluster().nodes().keySet().stream()
                .filter(node -> !before.cluster().nodes().containsKey(node))
                .toList();
    }

    private List<String> obstaclesAt(Set<NodeName> nodes, String file, ConfigText text)
            throws InterruptedException {
        List<String> all = new ArrayList<>();
        for (NodeName node : nodes) {
            try {
                ask(node, CHECK, new Question(file, text.text()), Obstacles.class)
                        .sentences()
                        .forEach(sentence -> all.add("node " + node + ": " + sentence));
            } catch (IOException e) {
                all.add(
                        ("node %s does not answer: %s. Start it, or say --absent %s: then it takes"
                                        + " the configuration up when it comes back, unchecked.")
                                .formatted(node, e.getMessage(), node));
            }
        }
        return all;
    }

    private <T> T ask(NodeName node, String path, Object question, Class<T> kind)
            throws IOException, InterruptedException {
        String answer = channel.call(node, path, MAPPER.writeValueAsString(question), PATIENCE);
        try {
            return MAPPER.readValue(answer, kind);
        } catch (JacksonException e) {
            throw new IOException("its answer is not understood: " + e.getOriginalMessage(), e);
        }
    }

    // ------------------------------------------------------------------ so be it

    private long commit(ConfigText text, String who) throws ConsensusException {
        while (true) {
            Optional<CommittedConfig> latest = CommittedConfig.latest(store);
            long version = latest.map(CommittedConfig::version).orElse(0L) + 1;
            var next = new CommittedConfig(version, text.text(), who, 0);
            if (next.commit(store, latest)) {
                return version;
            }
        }
    }

    /** What each node made of it, when all have taken it up or the patience is over. */
    private List<NodeAnswer> await(Set<NodeName> nodes, ConfigText text)
            throws InterruptedException {
        String fingerprint = text.fingerprint();
        Map<NodeName, NodeAnswer> answers = new LinkedHashMap<>();
        long looks = TAKEN_UP_WITHIN.toMillis() / BETWEEN_LOOKS.toMillis();
        for (long i = 0; i < looks; i++) {
            for (NodeName node : nodes) {
                if (!answers.containsKey(node) || !answers.get(node).works()) {
                    answers.put(node, look(node, fingerprint));
                }
            }
            if (answers.values().stream().allMatch(NodeAnswer::works)) {
                break;
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
        return List.copyOf(answers.values());
    }

    private NodeAnswer look(NodeName node, String fingerprint) throws InterruptedException {
        try {
            State state =
                    node.equals(name)
                            ? follower.state()
                            : ask(node, STATE, new Nothing(), State.class);
            boolean works = state.fingerprint().equals(fingerprint);
            return new NodeAnswer(
                    node.value(),
                    works,
                    works
                            ? "works by it"
                            : state.trouble().isEmpty()
                                    ? "has not taken it up yet"
                                    : "goes on by the one before: " + state.trouble());
        } catch (IOException e) {
            return new NodeAnswer(node.value(), false, "was not heard since: " + e.getMessage());
        }
    }

    private static ConfigurationReply outcome(
            long version, List<String> changes, List<NodeAnswer> nodes, List<NodeName> newcomers) {
        boolean all = nodes.stream().allMatch(NodeAnswer::works);
        String sentence =
                "Configuration %d is committed; %s"
                        .formatted(
                                version,
                                all
                                        ? "every node works by it."
                                        : "not every node works by it yet; those that do not go on"
                                                + " trying.");
        if (!newcomers.isEmpty()) {
            sentence +=
                    " New: %s; run 'shoestring join' there, with a token of 'shoestring token'."
                            .formatted(
                                    newcomers.stream()
                                            .map(NodeName::value)
                                            .collect(Collectors.joining(", ")));
        }
        return new ConfigurationReply(true, sentence, version, changes, List.of(), nodes);
    }
}
