package io.shoestring.health;

import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.base.Subprocess;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One check by a program, in a thread of its own. What is checked is told by words that are
 * replaced in its arguments, and in its environment, there also by the names that HAProxy gives.
 */
final class CommandProbe {
    private CommandProbe() {}

    /**
     * Begins a check; {@code verdicts} is called once, on {@code loop}.
     *
     * @param name of the server, with its backend's
     * @return the thread; when it is interrupted the program is killed, and nobody is called
     */
    static Thread start(
            List<String> command,
            String name,
            InetSocketAddress address,
            Duration timeout,
            EventLoop loop,
            Clock clock,
            Consumer<Verdict> verdicts) {
        return Thread.ofVirtual()
                .name("check of " + name)
                .start(
                        () -> {
                            long started = clock.nanos();
                            try {
                                Verdict verdict = run(command, facts(name, address), timeout);
                                long millis =
                                        TimeUnit.NANOSECONDS.toMillis(clock.nanos() - started);
                                loop.execute(() -> verdicts.accept(verdict.after(millis)));
                            } catch (InterruptedException _) {
                                // Nobody wants to know any more.
                            }
                        });
    }

    private static Map<String, String> facts(String name, InetSocketAddress address) {
        int slash = name.indexOf('/');
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("backend", name.substring(0, slash));
        facts.put("server", name.substring(slash + 1));
        facts.put("address", address.getAddress().getHostAddress());
        facts.put("port", String.valueOf(address.getPort()));
        return facts;
    }

    private static Verdict run(List<String> command, Map<String, String> facts, Duration timeout)
            throws InterruptedException {
        try {
            Subprocess.Result result =
                    Subprocess.run(words(command, facts), environment(facts), timeout);
            if (result.status().isEmpty()) {
                return Verdict.failed(Verdict.Code.PROCTOUT, "killed, as it took too long");
            }
            int status = result.status().getAsInt();
            String said = result.said().isEmpty() ? "" : ": " + Conversation.shown(result.said());
            Verdict verdict =
                    status == 0
                            ? Verdict.passed(Verdict.Code.PROCOK, "exit status 0" + said)
                            : Verdict.failed(Verdict.Code.PROCERR, "exit status " + status + said);
            return verdict.withStatus(status);
        } catch (IOException e) {
            return Verdict.failed(
                    Verdict.Code.PROCERR, "the command cannot be run: " + e.getMessage());
        }
    }

    private static List<String> words(List<String> command, Map<String, String> facts) {
        return command.stream().map(word -> replaced(word, facts)).toList();
    }

    private static String replaced(String word, Map<String, String> facts) {
        String text = word;
        for (Map.Entry<String, String> fact : facts.entrySet()) {
            text = text.replace("{" + fact.getKey() + "}", fact.getValue());
        }
        return text;
    }

    private static Map<String, String> environment(Map<String, String> facts) {
        String backend = facts.getOrDefault("backend", "");
        String server = facts.getOrDefault("server", "");
        String address = facts.getOrDefault("address", "");
        String port = facts.getOrDefault("port", "");
        return Map.of(
                "SHOESTRING_BACKEND",
                backend,
                "SHOESTRING_SERVER",
                server,
                "SHOESTRING_ADDRESS",
                address,
                "SHOESTRING_PORT",
                port,
                "HAPROXY_PROXY_NAME",
                backend,
                "HAPROXY_SERVER_NAME",
                server,
                "HAPROXY_SERVER_ADDR",
                address,
                "HAPROXY_SERVER_PORT",
                port);
    }
}
