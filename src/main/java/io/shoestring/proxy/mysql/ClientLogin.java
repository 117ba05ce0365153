package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.AuthenticationPackets;
import io.shoestring.protocol.mysql.CachingSha2Password;
import io.shoestring.protocol.mysql.Capability;
import io.shoestring.protocol.mysql.ChangeUser;
import io.shoestring.protocol.mysql.Ed25519Password;
import io.shoestring.protocol.mysql.ErrorCode;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.LoginRequest;
import io.shoestring.protocol.mysql.NativePassword;
import io.shoestring.protocol.mysql.ServerGreeting;
import io.shoestring.protocol.mysql.ServerStatus;
import io.shoestring.protocol.mysql.SqlState;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * A client's proof of who it is, against what the servers have stored for the user. Who proves it
 * by {@code mysql_native_password} thereby shows the key by which the proxy logs in for it; by
 * {@code caching_sha2_password} it sends the password itself, inside of TLS or encrypted for us. On
 * the client's event loop.
 */
final class ClientLogin {
    private enum Step {
        GREETING,
        LOGIN,
        LOOKUP,
        NATIVE,
        SHA2,
        SHA2_FULL,
        SHA2_KEY
    }

    private final MysqlContext context;
    private final ClientConnection client;
    private Step step = Step.GREETING;
    private byte[] challenge;
    private long offered;
    private @Nullable LoginRequest request;
    private List<PasswordSource.Stored> stored = List.of();

    ClientLogin(MysqlContext context, ClientConnection client) {
        this.context = context;
        this.client = client;
        this.challenge = newChallenge();
    }

    /** Of another user on a connection that is open. */
    static ClientLogin change(
            MysqlContext context, ClientConnection client, ClientIdentity before, ChangeUser to) {
        var login = new ClientLogin(context, client);
        login.request =
                new LoginRequest(
                        before.capabilities(),
                        before.packetBytesMax(),
                        to.collation() == 0 ? before.collation() : to.collation() & 0xff,
                        to.user(),
                        to.proof(),
                        to.schema(),
                        // The proof is for an earlier challenge: it is asked for anew.
                        "",
                        before.attributes());
        return login;
    }

    private byte[] newChallenge() {
        byte[] fresh = new byte[ServerGreeting.CHALLENGE_BYTES];
        context.random().nextBytes(fresh);
        for (int i = 0; i < fresh.length; i++) {
            // Printable, as the servers' own: no zero, and no dollar sign.
            fresh[i] = (byte) (0x21 + Math.floorMod(fresh[i], 0x5d));
            if (fresh[i] == '$') {
                fresh[i] = '%';
            }
        }
        return fresh;
    }

    /** Whether it can take the client's next packet. */
    boolean isReading() {
        return step != Step.LOOKUP && step != Step.GREETING;
    }

    /** Greets the client, when it is known what the servers are like. */
    void begin() {
        if (request != null) {
            start(request);
            return;
        }
        Optional<ServerGreeting> server = context.servers().greeting().get();
        if (server.isEmpty() || step != Step.GREETING) {
            return;
        }
        if (!client.isWithinLimit()) {
            client.refuse(
                    new ErrorPacket(
                            ErrorCode.TOO_MANY_CONNECTIONS,
                            SqlState.TOO_MANY,
                            "Too many connections: listener "
                                    + context.config().name()
                                    + " has its "
                                    + context.config().maxConnections()));
            return;
        }
        offered = server.get().capabilities() & Capability.SUPPORTED;
        offered |= Capability.PLUGIN_AUTH | Capability.SECURE_CONNECTION | Capability.COMPRESS;
        if (context.tls().isPresent()) {
            offered |= Capability.SSL;
        }
        ByteBuf out = client.allocator().buffer(128);
        new ServerGreeting(
                        server.get().version(),
                        client.connectionId(),
                        challenge,
                        offered,
                        server.get().collation(),
                        ServerStatus.AUTOCOMMIT,
                        NativePassword.METHOD)
                .write(out);
        step = Step.LOGIN;
        client.write(out);
        client.flush();
    }

    /** A server may have been reached. */
    void topologyChanged() {
        if (step == Step.GREETING) {
            begin();
        }
    }

    /** Takes the client's next packet. */
    void read(ByteBuf in, int at, int length) {
        switch (step) {
            case GREETING, LOOKUP -> throw new IllegalStateException("nothing is expected");
            case LOGIN -> readRequest(in, at, length);
            case NATIVE -> judgeNative(bytes(in, at, length));
            case SHA2 -> judgeFast(bytes(in, at, length));
            case SHA2_FULL -> judgeFull(bytes(in, at, length));
            case SHA2_KEY -> decrypt(bytes(in, at, length));
        }
    }

    private static byte[] bytes(ByteBuf in, int at, int length) {
        byte[] bytes = new byte[length];
        in.getBytes(at, bytes);
        return bytes;
    }

    private void readRequest(ByteBuf in, int at, int length) {
        if (context.tls().isPresent()
                && !client.isEncrypted()
                && length >= 4
                && LoginRequest.asksForTls(in, at, length)) {
            client.beginTls(context.tls().get());
            return;
        }
        start(LoginRequest.read(in, at, length, offered));
    }

    private void start(LoginRequest asked) {
        request = asked;
        step = Step.LOOKUP;
        context.servers()
                .passwords()
                .find(
                        asked.user(),
                        answer ->
                                client.loop()
                                        .execute(() -> client.goOn(() -> judge(asked, answer))));
    }

    private void judge(LoginRequest asked, PasswordSource.Answer answer) {
        switch (answer) {
            case PasswordSource.Answer.Found(List<PasswordSource.Stored> passwords) -> {
                stored = passwords;
                choose(asked);
            }
            case PasswordSource.Answer.Unavailable(String why) ->
                    client.refuse(new ErrorPacket(ErrorCode.UNKNOWN, SqlState.CONNECTION, why));
        }
    }

    /**
     * Whoever has a method of its own that we know may use it; what it sent for our challenge is
     * nothing then, because that was for the method of the greeting.
     */
    private void choose(LoginRequest asked) {
        boolean sha2Only =
                !stored.isEmpty()
                        && hashes().isEmpty()
                        && stored.stream().noneMatch(ClientLogin::isEmpty);
        if (sha2Only || asked.method().equals(CachingSha2Password.METHOD)) {
            switchTo(CachingSha2Password.METHOD, Step.SHA2);
        } else if (asked.method().equals(NativePassword.METHOD)) {
            judgeNative(asked.proof());
        } else {
            switchTo(NativePassword.METHOD, Step.NATIVE);
        }
    }

    private void switchTo(String method, Step next) {
        challenge = newChallenge();
        step = next;
        ByteBuf out = client.allocator().buffer(64);
        new AuthenticationPackets.Switch(method, challenge).write(out, client.nextNumber());
        client.write(out);
        client.flush();
    }

    private List<byte[]> hashes() {
        return stored.stream()
                .flatMap(each -> NativePassword.parseStored(each.text()).stream())
                .toList();
    }

    private static boolean isEmpty(PasswordSource.Stored each) {
        return each.text().isEmpty()
                && (each.method().isEmpty()
                        || each.method().equals(NativePassword.METHOD)
                        || each.method().equals(CachingSha2Password.METHOD));
    }

    private void judgeNative(byte[] proof) {
        if (proof.length == 0) {
            judgeNone();
            return;
        }
        Optional<byte[]> key =
                hashes().stream()
                        .flatMap(hash -> NativePassword.keyFrom(proof, challenge, hash).stream())
                        .findFirst();
        if (key.isPresent()) {
            succeed(new Credentials.NativeKey(key.get()));
        } else {
            deny(true);
        }
    }

    private void judgeNone() {
        if (stored.stream().anyMatch(ClientLogin::isEmpty)) {
            succeed(new Credentials.None());
        } else {
            deny(false);
        }
    }

    private void judgeFast(byte[] proof) {
        if (proof.length == 0) {
            judgeNone();
            return;
        }
        Optional<byte[]> known =
                context.passwordCache().find(user(), proof, challenge).filter(this::mayBeRight);
        if (known.isPresent()) {
            more(new byte[] {CachingSha2Password.FAST_SUCCEEDED});
            // The OK comes after it.
            succeed(new Credentials.Password(known.get()));
            return;
        }
        step = Step.SHA2_FULL;
        more(new byte[] {CachingSha2Password.FULL_WANTED});
    }

    private void more(byte[] data) {
        ByteBuf out = client.allocator().buffer(16 + data.length);
        AuthenticationPackets.more(out, client.nextNumber(), data);
        client.write(out);
        client.flush();
        client.counted();
    }

    /** MariaDB's clients send it as it is, whether TLS is there or not: it is known by then. */
    private void judgeFull(byte[] sent) {
        if (sent.length == 1 && sent[0] == CachingSha2Password.KEY_WANTED) {
            step = Step.LOOKUP;
            context.rsa()
                    .whenComplete(
                            (key, failure) ->
                                    client.loop().execute(() -> client.goOn(() -> sendKey(key))));
        } else {
            judgePassword(CachingSha2Password.withoutZero(sent));
        }
    }

    private void sendKey(@Nullable KeyPair pair) {
        if (pair == null) {
            client.refuse(
                    new ErrorPacket(ErrorCode.UNKNOWN, SqlState.GENERAL, "there is no RSA here"));
            return;
        }
        String body =
                Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPublic().getEncoded());
        step = Step.SHA2_KEY;
        more(
                ("-----BEGIN PUBLIC KEY-----\n" + body + "\n-----END PUBLIC KEY-----\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private void decrypt(byte[] encrypted) {
        judgePassword(
                CachingSha2Password.decrypt(
                        encrypted, challenge, context.rsa().join().getPrivate()));
    }

    private void judgePassword(byte[] password) {
        if (password.length == 0) {
            judgeNone();
        } else if (mayBeRight(password)) {
            succeed(new Credentials.Password(password));
        } else {
            deny(true);
        }
    }

    /** Where we cannot tell, the primary does: the client gets its OK only after that. */
    private boolean mayBeRight(byte[] password) {
        byte[] key = NativePassword.key(password);
        byte[] hash = NativePassword.key(key);
        return hashes().stream().anyMatch(each -> Arrays.equals(each, hash))
                || stored.stream()
                        .anyMatch(each -> each.method().equals(CachingSha2Password.METHOD))
                || stored.stream()
                        .filter(each -> each.method().equals(Ed25519Password.STORED_METHOD))
                        .anyMatch(each -> Ed25519Password.isStored(each.text(), password));
    }

    private String user() {
        return request == null ? "" : request.user();
    }

    private void succeed(Credentials credentials) {
        LoginRequest asked = request;
        if (asked == null) {
            throw new IllegalStateException("nobody has asked");
        }
        client.loggedIn(
                new ClientIdentity(
                        asked.user(),
                        credentials,
                        asked.capabilities(),
                        asked.packetBytesMax(),
                        asked.collation(),
                        asked.schema(),
                        asked.attributes(),
                        forPool(asked, credentials)));
    }

    /** Whoever has another password, or had it stored otherwise, gets other connections. */
    private PoolKey.Identity forPool(LoginRequest asked, Credentials credentials) {
        try {
            MessageDigest proof = MessageDigest.getInstance("SHA-256");
            proof.update(credentials.key());
            stored.forEach(each -> proof.update(each.text().getBytes(StandardCharsets.UTF_8)));
            return new PoolKey.Identity(
                    asked.user(),
                    HexFormat.of().formatHex(proof.digest()),
                    asked.capabilities()
                            & ~(Capability.CONNECT_WITH_DB | Capability.SSL | Capability.COMPRESS),
                    asked.packetBytesMax(),
                    asked.collation());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void deny(boolean withPassword) {
        context.passwordCache().forget(user());
        client.refuse(
                new ErrorPacket(
                        ErrorCode.ACCESS_DENIED,
                        SqlState.ACCESS_DENIED,
                        "Access denied for user '%s'@'%s' (using password: %s)"
                                .formatted(user(), client.host(), withPassword ? "YES" : "NO")));
    }
}
