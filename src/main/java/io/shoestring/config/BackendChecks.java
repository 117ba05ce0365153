package io.shoestring.config;

import io.shoestring.config.Key.Value;
import io.shoestring.model.Endpoint;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What must hold within a backend: no server twice, and no check that makes no sense. */
final class BackendChecks {
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final List<String> PLACEHOLDERS =
            List.of("backend", "server", "address", "port");
    private static final List<Value<?>> HTTP_ONLY =
            List.of(
                    CheckKeys.HTTP,
                    CheckKeys.STATUS,
                    CheckKeys.HEADER,
                    CheckKeys.BODY,
                    CheckKeys.BODY_MATCHES);

    private final Fields backends;
    private final Problems problems;

    BackendChecks(Fields root, Problems problems) {
        this.backends = root.table(BackendKeys.BACKENDS);
        this.problems = problems;
    }

    void run() {
        backends.names().forEach(name -> check(backends.child(name).table(BackendKeys.SERVERS)));
        backends.names().forEach(name -> checkHash(backends.child(name)));
        backends.names().forEach(name -> BackendTlsKeys.check(backends.child(name), problems));
        backends.names().forEach(name -> StickyKeys.check(backends.child(name), problems));
        backends.names().forEach(name -> BreakerKeys.check(backends.child(name), problems));
        backends.names().forEach(name -> checkCheck(backends.child(name).section(CheckKeys.CHECK)));
    }

    private void checkHash(Fields backend) {
        boolean hashes =
                backend.value(BackendKeys.BALANCE)
                        .filter(balance -> balance.value() == BackendConfig.Balance.HASH)
                        .isPresent();
        backend.value(BackendKeys.HASH_BY)
                .filter(key -> key.written() && !hashes)
                .ifPresent(
                        key ->
                                problems.add(
                                        key.spot(),
                                        "is only for 'balance: hash'",
                                        Optional.of("set that, or remove this")));
    }

    /** No check that would never be asked for, and none that is asked for all the time. */
    private void checkCheck(Fields check) {
        check.value(CheckKeys.PROTOCOL)
                .filter(protocol -> protocol.value() != CheckConfig.Protocol.HTTP)
                .ifPresent(protocol -> checkHttpOnly(check, protocol.value()));
        checkCommand(check);
        for (Value<Duration> key : List.of(CheckKeys.EVERY, CheckKeys.FAST, CheckKeys.TIMEOUT)) {
            check.value(key)
                    .filter(time -> time.value().compareTo(SHORTEST) < 0)
                    .ifPresent(
                            time ->
                                    problems.add(
                                            time.spot(), "is too short; expected at least 10ms"));
        }
    }

    private void checkCommand(Fields check) {
        boolean written = check.names().contains(CheckKeys.COMMAND.name());
        new CommandChecks(PLACEHOLDERS, problems).run(check, CheckKeys.COMMAND, CheckKeys.WORD);
        check.value(CheckKeys.PROTOCOL)
                .filter(it -> written != (it.value() == CheckConfig.Protocol.COMMAND))
                .ifPresent(
                        it ->
                                problems.add(
                                        it.spot(),
                                        written
                                                ? "is "
                                                        + word(it.value())
                                                        + ", and a command is given, too"
                                                : "is command, and no command is given",
                                        Optional.of(
                                                written
                                                        ? "remove one of them"
                                                        : "add 'command: [/path/of/a/program]'")));
        if (written && check.names().contains(CheckKeys.HTTP.name())) {
            problems.add(
                    check.items(CheckKeys.COMMAND).spot(),
                    "is given, and http, too",
                    Optional.of("remove one of them"));
        }
    }

    private static String word(CheckConfig.Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private void checkHttpOnly(Fields check, CheckConfig.Protocol protocol) {
        boolean named = protocol == CheckConfig.Protocol.TLS_HELLO;
        if (!named) {
            checkHttpOnly(check, protocol, CheckKeys.HOST);
        }
        HTTP_ONLY.forEach(key -> checkHttpOnly(check, protocol, key));
    }

    private void checkHttpOnly(Fields check, CheckConfig.Protocol protocol, Value<?> key) {
        check.value(key)
                .filter(Placed::written)
                .ifPresent(
                        value ->
                                problems.add(
                                        value.spot(),
                                        "is only for checks by http, and the protocol is "
                                                + word(protocol),
                                        Optional.of("remove one of them")));
    }

    private void check(Fields servers) {
        Map<Endpoint, String> ownerByAddress = new HashMap<>();
        for (String name : servers.names()) {
            Fields server = servers.child(name);
            server.value(BackendKeys.SERVER_ADDRESS)
                    .ifPresent(address -> claim(address, server.spot().path(), ownerByAddress));
        }
    }

    private void claim(
            Placed<Endpoint> address, String owner, Map<Endpoint, String> ownerByAddress) {
        String first = ownerByAddress.putIfAbsent(address.value(), owner);
        if (first != null) {
            problems.add(
                    address.spot(),
                    "%s is also the address of %s".formatted(address.value(), first),
                    Optional.of("give a server one entry, and the weight that it should have"));
        }
    }
}
