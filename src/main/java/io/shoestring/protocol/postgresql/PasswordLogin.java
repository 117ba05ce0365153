package io.shoestring.protocol.postgresql;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;

import java.security.SecureRandom;

/**
 * A client's answers to what a server asks for at the log-in, by a password: SCRAM-SHA-256, MD5, or
 * the password itself. Used once, by one thread; SCRAM takes milliseconds of CPU.
 */
public final class PasswordLogin {
    private static final String SCRAM = "SCRAM-SHA-256";

    private final String user;
    private final String password;
    private final ScramClient scram;
    private boolean begun;

    /** Nothing is said yet. */
    public PasswordLogin(String user, String password) {
        this.user = requireNonNull(user, "user is null");
        this.password = requireNonNull(password, "password is null");
        this.scram = ScramClient.ofPassword(password, new SecureRandom());
    }

    /**
     * Appends the answer; nothing if there is nothing to say.
     *
     * @throws ProtocolViolation if the server asks for another method, or cannot prove who it is
     */
    public void answer(Authentication asked, ByteBuf out) {
        switch (asked) {
            case Authentication.Sasl(var mechanisms) when mechanisms.contains(SCRAM) -> {
                begun = true;
                FrontendMessages.saslInitialResponse(out, SCRAM, scram.first());
            }
            case Authentication.SaslContinue(String data) ->
                    FrontendMessages.saslResponse(out, scram.last(data));
            case Authentication.SaslFinal(String data) -> scram.verify(data);
            case Authentication.Md5Challenge challenge ->
                    FrontendMessages.password(
                            out, Md5Password.of(user, password).response(challenge.saltBytes()));
            case Authentication.CleartextPassword _ -> FrontendMessages.password(out, password);
            case Authentication.Ok _ -> requireProof();
            default ->
                    throw new ProtocolViolation(
                            SqlState.FEATURE_NOT_SUPPORTED,
                            "the server wants a log-in by %s, and only a password is known"
                                    .formatted(asked));
        }
    }

    private void requireProof() {
        if (begun && !scram.isVerified()) {
            throw new ProtocolViolation(
                    SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                    "the server ended the SCRAM exchange without its proof");
        }
    }
}
