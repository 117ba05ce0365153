package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.shoestring.protocol.postgresql.Authentication;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.BackendType;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.FrontendMessages;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.ScramClient;
import io.shoestring.protocol.postgresql.ScramServer;
import io.shoestring.protocol.postgresql.SqlState;

import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Logging in to a server in a client's name, from the start-up packet to the first ReadyForQuery.
 */
final class ServerLogin {
    private final ClientIdentity identity;
    private final SecureRandom random;
    private final SharedMaps told;
    private Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable Channel channel;
    private @Nullable ScramClient scram;
    private @Nullable ErrorFields failure;
    private int processId;
    private int secretKey;
    private boolean authenticated;
    private boolean done;

    /**
     * @param told what other servers have told
     */
    ServerLogin(ClientIdentity identity, SecureRandom random, SharedMaps told) {
        this.identity = identity;
        this.told = told;
        this.random = random;
    }

    boolean isDone() {
        return done;
    }

    /** Why the server, or we, ended the attempt. */
    Optional<ErrorFields> failure() {
        return Optional.ofNullable(failure);
    }

    /** The server's settings as it has reported them until now; another map when they change. */
    Map<String, String> parameters() {
        return parameters;
    }

    /** The server has reported another setting, after the log-in. */
    void parameterChanged(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(parameters);
        changed.put(name, value);
        parameters = told.one(changed);
    }

    int processId() {
        return processId;
    }

    int secretKey() {
        return secretKey;
    }

    void begin(Channel connected) {
        channel = connected;
        send(out -> FrontendMessages.startup(out, identity.parameters()));
    }

    /** Reads one message; true: the connection is ready for requests. */
    boolean read(byte type, ByteBuf in, int body, int length) {
        switch (type) {
            case BackendType.AUTHENTICATION -> authenticate(Authentication.read(in, body, length));
            case BackendType.PARAMETER_STATUS -> {
                var parameter = BackendBodies.parameterStatus(in, body, length);
                parameters.put(parameter.name(), parameter.value());
            }
            case BackendType.BACKEND_KEY_DATA -> {
                var key = BackendBodies.backendKeyData(in, body, length);
                processId = key.processId();
                secretKey = key.secretKey();
            }
            case BackendType.ERROR_RESPONSE -> failure = ErrorFields.read(in, body, length);
            case BackendType.NOTICE_RESPONSE -> {}
            case BackendType.READY_FOR_QUERY -> {
                done = isExpected();
                parameters = told.one(parameters);
            }
            default ->
                    throw new ProtocolViolation(
                            "a message of type " + (char) type + " while logging in");
        }
        return done;
    }

    private boolean isExpected() {
        if (!authenticated) {
            throw new ProtocolViolation("ReadyForQuery before the authentication was done");
        }
        return true;
    }

    private void authenticate(Authentication request) {
        switch (request) {
            case Authentication.Ok ok -> authenticated = isProven();
            case Authentication.Sasl sasl -> beginScram(sasl);
            case Authentication.SaslContinue next ->
                    send(out -> FrontendMessages.saslResponse(out, exchange().last(next.data())));
            case Authentication.SaslFinal last -> exchange().verify(last.data());
            case Authentication.Md5Challenge challenge -> answerMd5(challenge);
            case Authentication.CleartextPassword cleartext -> refuse("a password in clear text");
            case Authentication.Unsupported unsupported ->
                    refuse("authentication of kind " + unsupported.kind());
        }
    }

    /** A server that began SCRAM must also have proven that it knows the verifier. */
    private boolean isProven() {
        if (scram != null && !scram.isVerified()) {
            throw new ProtocolViolation("AuthenticationOk before the server's own proof");
        }
        return true;
    }

    private void beginScram(Authentication.Sasl sasl) {
        if (identity.secret() instanceof ClientIdentity.Secret.Scram secret
                && sasl.mechanisms().contains(ScramServer.MECHANISM)) {
            ScramClient client = ScramClient.ofKeys(secret.keys(), random);
            scram = client;
            send(
                    out ->
                            FrontendMessages.saslInitialResponse(
                                    out, ScramServer.MECHANISM, client.first()));
        } else {
            refuse("SCRAM-SHA-256");
        }
    }

    private ScramClient exchange() {
        if (scram == null) {
            throw new ProtocolViolation("a SASL message without a beginning");
        }
        return scram;
    }

    private void answerMd5(Authentication.Md5Challenge challenge) {
        if (identity.secret() instanceof ClientIdentity.Secret.Md5 secret) {
            send(
                    out ->
                            FrontendMessages.password(
                                    out, secret.hash().response(challenge.saltBytes())));
        } else {
            refuse("md5");
        }
    }

    private void refuse(String wanted) {
        failure =
                ErrorFields.fatal(
                                SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                                "the server wants "
                                        + wanted
                                        + " for role \""
                                        + identity.user()
                                        + "\", which the proxy does not have")
                        .withHint(
                                "Let the listener ask for the password (authentication: password),"
                                        + " or let pg_hba.conf trust the proxy's address.");
    }

    private void send(Consumer<ByteBuf> message) {
        if (channel != null) {
            ByteBuf out = channel.alloc().buffer(256);
            try {
                message.accept(out);
            } catch (RuntimeException e) {
                out.release();
                throw e;
            }
            channel.writeAndFlush(out, channel.voidPromise());
        }
    }
}
