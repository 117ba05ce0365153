package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.config.AccessConfig.Way;
import io.shoestring.protocol.postgresql.BackendMessages;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.FrontendType;
import io.shoestring.protocol.postgresql.Md5Password;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.MessageLimits;
import io.shoestring.protocol.postgresql.PasswordBodies;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.ScramServer;
import io.shoestring.protocol.postgresql.ScramVerifier;
import io.shoestring.protocol.postgresql.SqlState;
import io.shoestring.protocol.postgresql.StartupPacket;
import io.shoestring.proxy.postgresql.ClientIdentity.Secret;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A client's first messages: encryption offers, cancel requests, and the proof of who it is,
 * against the password that the database itself has for the role. Runs on the client's event loop.
 */
final class ClientLogin {
    private static final int MD5_SALT_BYTES = 4;

    private final Entrance listener;
    private final ClientConnection client;
    private Step step = Step.STARTUP;
    private StartupPacket.@Nullable Startup startup;
    private ListenerContext context;
    private @Nullable ScramServer scram;
    private @Nullable Md5Password md5;
    private byte[] salt = {};

    private enum Step {
        STARTUP,
        LOOKUP,
        SASL_FIRST,
        SASL_LAST,
        MD5
    }

    ClientLogin(Entrance listener, ClientConnection client) {
        this.listener = listener;
        this.context = listener.main();
        this.client = client;
    }

    /** Takes what it can from the bytes; false: it needs more, or waits for a look-up. */
    boolean read(ByteBuf in) {
        return switch (step) {
            case STARTUP -> readStartup(in);
            case LOOKUP -> false;
            case SASL_FIRST, SASL_LAST, MD5 -> readPassword(in);
        };
    }

    private boolean readStartup(ByteBuf in) {
        Optional<StartupPacket> packet = StartupPacket.read(in);
        packet.ifPresent(it -> begin(it, in));
        return packet.isPresent();
    }

    private void begin(StartupPacket packet, ByteBuf in) {
        switch (packet) {
            case StartupPacket.SslRequest ssl -> {
                if (client.encrypts().isPossible()) {
                    if (in.isReadable()) {
                        // Whoever is between us could have put words into the client's mouth.
                        throw new ProtocolViolation("unencrypted bytes follow the SSLRequest");
                    }
                    client.encrypts().begin();
                } else {
                    refuseEncryption();
                }
            }
            case StartupPacket.GssEncRequest gss -> refuseEncryption();
            case StartupPacket.Cancel cancel -> {
                listener.cancellations().cancel(cancel.processId(), cancel.secretKey());
                client.close();
            }
            case StartupPacket.Startup start -> start(start);
        }
    }

    private void refuseEncryption() {
        client.write(client.allocator().buffer(1).writeByte('N'));
        client.flush();
    }

    private void start(StartupPacket.Startup start) {
        startup = start;
        context = contextOf(start);
        if (client.encrypts().isMissing()) {
            throw new LoginRefused(
                    ErrorFields.fatal(
                                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                                    "listener "
                                            + listener.config().name()
                                            + " takes encrypted connections only")
                            .withHint("Connect with sslmode=require, or better verify-full."));
        }
        if (!client.isWithinLimit()) {
            throw new LoginRefused(ClientLimits.tooMany(listener.config()));
        }
        if (start.needsNegotiation()) {
            send(out -> BackendMessages.negotiateProtocolVersion(out, start.protocolOptions()));
        }
        switch (admitted(start)) {
            case TRUST -> succeed(new Secret.None());
            case CERTIFICATE -> succeedByCertificate(start.user());
            case PASSWORD, REFUSE -> askForPassword(start);
        }
    }

    /** The console's role is the main database's. */
    private ListenerContext contextOf(StartupPacket.Startup start) {
        PoolKey.Login login = PoolKey.Login.of(start.parameters());
        return listener.isForConsole(login) ? listener.main() : listener.contextOf(login);
    }

    private Way admitted(StartupPacket.Startup start) {
        InetAddress address = client.address();
        Way way =
                Admission.of(
                        listener.config(),
                        address,
                        PoolKey.Login.of(start.parameters()),
                        client.encrypts().isDone());
        listener.config()
                .access()
                .failures()
                .flatMap(limit -> listener.failedLogins().refuses(address, limit))
                .ifPresent(
                        error -> {
                            throw new LoginRefused(error);
                        });
        return way;
    }

    private void succeedByCertificate(String user) {
        Optional<String> name = client.encrypts().nameOfClient();
        if (!name.equals(Optional.of(user))) {
            throw refused(
                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                    "certificate authentication failed for user \"%s\": %s"
                            .formatted(
                                    user,
                                    name.map(other -> "the certificate is for \"" + other + "\"")
                                            .orElse("no certificate was shown")));
        }
        succeed(new Secret.None());
    }

    private void askForPassword(StartupPacket.Startup start) {
        step = Step.LOOKUP;
        context.passwords()
                .find(
                        context.database(),
                        start.user(),
                        answer ->
                                client.loop()
                                        .execute(
                                                () ->
                                                        client.lookedUp(
                                                                () -> ask(start.user(), answer))));
    }

    private void ask(String user, RolePasswordSource.Answer answer) {
        switch (answer) {
            case RolePasswordSource.Answer.Stored stored -> ask(user, stored.password());
            case RolePasswordSource.Answer.None none -> askScram(unknownUser(user));
            case RolePasswordSource.Answer.Unavailable unavailable ->
                    throw refused(SqlState.CANNOT_CONNECT_NOW, unavailable.sentence());
        }
    }

    private void ask(String user, String stored) {
        Optional<ScramVerifier> verifier = ScramVerifier.parse(stored);
        Optional<Md5Password> hash = Md5Password.parse(stored);
        if (verifier.isPresent()) {
            askScram(
                    ScramServer.of(
                            verifier.get(), listener.random(), client.encrypts().endPoint()));
        } else if (hash.isPresent()) {
            askMd5(hash.get());
        } else {
            askScram(unknownUser(user));
        }
    }

    private ScramServer unknownUser(String user) {
        return ScramServer.ofUnknownUser(
                user, listener.processSecret(), listener.random(), client.encrypts().endPoint());
    }

    private void askScram(ScramServer exchange) {
        scram = exchange;
        step = Step.SASL_FIRST;
        send(out -> BackendMessages.authenticationSasl(out, exchange.mechanisms()));
    }

    private void askMd5(Md5Password hash) {
        md5 = hash;
        salt = new byte[MD5_SALT_BYTES];
        listener.random().nextBytes(salt);
        step = Step.MD5;
        send(out -> BackendMessages.authenticationMd5Password(out, salt));
    }

    private boolean readPassword(ByteBuf in) {
        int at = in.readerIndex();
        int length = MessageHeader.bodyLength(in, at, MessageLimits.AUTHENTICATION_BYTES_MAX);
        if (length == MessageHeader.INCOMPLETE) {
            return false;
        }
        if (MessageHeader.type(in, at) != FrontendType.PASSWORD) {
            throw new ProtocolViolation(
                    "expected a password, got a message "
                            + MessageHeader.describe(MessageHeader.type(in, at)));
        }
        in.skipBytes(MessageHeader.BYTES + length);
        judge(in, at + MessageHeader.BYTES, length);
        return true;
    }

    private void judge(ByteBuf in, int body, int length) {
        if (step == Step.MD5 && md5 != null) {
            boolean right = md5.accepts(PasswordBodies.password(in, body, length), salt);
            conclude(right ? Optional.of(new Secret.Md5(md5)) : Optional.empty());
        } else if (scram != null) {
            judgeScram(scram, in, body, length);
        }
    }

    private void judgeScram(ScramServer exchange, ByteBuf in, int body, int length) {
        if (step == Step.SASL_FIRST) {
            var first = PasswordBodies.saslInitialResponse(in, body, length);
            if (!exchange.mechanisms().contains(first.mechanism())) {
                throw new ProtocolViolation(
                        "client selected an invalid SASL authentication mechanism");
            }
            byte[] challenge = exchange.first(first.mechanism(), first.data());
            step = Step.SASL_LAST;
            send(out -> BackendMessages.authenticationSaslContinue(out, challenge));
            return;
        }
        switch (exchange.last(PasswordBodies.saslResponse(in, body, length))) {
            case ScramServer.Accepted accepted -> {
                send(
                        out ->
                                BackendMessages.authenticationSaslFinal(
                                        out, accepted.serverFinalBytes()));
                conclude(Optional.of(new Secret.Scram(accepted.keys())));
            }
            case ScramServer.Refused refused -> conclude(Optional.empty());
        }
    }

    private void conclude(Optional<? extends Secret> secret) {
        if (secret.isPresent()) {
            succeed(secret.get());
        } else {
            listener.config()
                    .access()
                    .failures()
                    .ifPresent(limit -> listener.failedLogins().failed(client.address(), limit));
            throw refused(
                    SqlState.INVALID_PASSWORD,
                    "password authentication failed for user \"" + user() + "\"");
        }
    }

    private void succeed(Secret secret) {
        send(BackendMessages::authenticationOk);
        Map<String, String> parameters = serverParameters();
        PoolKey.Login login = PoolKey.Login.of(listener.startups().one(parameters));
        String name = listener.nameAtServers(login);
        if (!name.equals(login.database())) {
            parameters.put("database", name);
        }
        Map<String, String> shared = listener.startups().one(parameters);
        client.loggedIn(context, new ClientIdentity(login, shared, secret, new KnownSettings()));
    }

    private String user() {
        return startup == null ? "" : startup.user();
    }

    private Map<String, String> serverParameters() {
        Map<String, String> parameters =
                new HashMap<>(startup == null ? Map.of() : startup.parameters());
        if (startup != null) {
            startup.protocolOptions().forEach(parameters::remove);
        }
        return parameters;
    }

    private void send(java.util.function.Consumer<ByteBuf> message) {
        ByteBuf out = client.allocator().buffer(128);
        message.accept(out);
        client.write(out);
        client.flush();
    }

    private static LoginRefused refused(String sqlState, String message) {
        return new LoginRefused(ErrorFields.fatal(sqlState, message));
    }

    /** The client is not let in; without a stack trace, because it is no defect. */
    static final class LoginRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient ErrorFields error;

        LoginRefused(ErrorFields error) {
            super(error.message(), null, false, false);
            this.error = error;
        }

        ErrorFields error() {
            return error;
        }
    }
}
