package io.shoestring.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.EventLoop;
import io.shoestring.base.Clock;
import io.shoestring.config.LoginConfig;
import io.shoestring.protocol.http.RequestHead;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names and passwords that requests need (RFC 7617). A password is meant to take long to check:
 * that is done by few threads of its own, and what was right is remembered for a few seconds.
 * Thread-safe.
 */
final class Logins implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Logins.class);
    private static final byte[] AUTHORIZATION = "authorization".getBytes(US_ASCII);
    private static final String SCHEME = "basic ";
    private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final int WAITING_MAX = 256;
    private static final int REMEMBERED_MAX = 10_000;
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Of nobody's password: who is not known takes as long as who is. */
    private static final PasswordHash NOBODY =
            new PasswordHash("$2b$10$abcdefghijklmnopqrstuuA9EcRzRo7jsoPyyB6lwr4n1Sp1lI2Wy");

    private final Clock clock;
    private final List<Door> doors = new ArrayList<>();
    private final ThreadPoolExecutor threads;

    /** What comes of a look at a request's name and password. */
    enum Answer {
        WELCOME,
        REFUSED,
        /** Too many are looked at already. */
        BUSY
    }

    private Logins(Clock clock) {
        this.clock = clock;
        threads =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING_MAX),
                        Thread.ofPlatform().daemon().name("shoestring-login-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Reads the users. Blocks on the file system.
     *
     * @throws IOException if a file cannot be used; the message says which and why
     */
    static Logins open(List<LoginConfig> configs, Clock clock) throws IOException {
        var logins = new Logins(clock);
        for (LoginConfig config : configs) {
            logins.doors.add(logins.new Door(config));
        }
        return logins;
    }

    /** What a request has to go through; empty if it is free. */
    Optional<Door> doorOf(RequestHead head, InetAddress client) {
        if (doors.isEmpty()) {
            return Optional.empty();
        }
        String raw = head.path();
        String path = Routes.normal(raw);
        return doors.stream()
                .filter(door -> door.match.fitsSomehow(head, raw, path, client))
                .findFirst();
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    /** One file of users, and where they are asked for. */
    final class Door {
        private final RequestMatch match;
        private final LoginConfig config;
        private final Path file;
        private final SecretKeySpec key;
        private final Map<String, Long> rightUntilNanos = new ConcurrentHashMap<>();
        private volatile UsersFile users;
        private volatile String stamp;

        private Door(LoginConfig config) throws IOException {
            this.config = config;
            this.match = new RequestMatch(config.match());
            this.file = config.users();
            this.stamp = stampOf();
            this.users = UsersFile.read(file);
            byte[] random = new byte[32];
            new SecureRandom().nextBytes(random);
            this.key = new SecretKeySpec(random, "HmacSHA256");
        }

        /** For the field by which a client is asked. */
        String challenge() {
            return "Basic realm=\"%s\", charset=\"UTF-8\"".formatted(config.realm());
        }

        /**
         * Looks at what a request brings.
         *
         * @param answer is told once on {@code loop}, perhaps before this returns
         */
        void ask(RequestHead head, EventLoop loop, Consumer<Answer> answer) {
            Optional<String> given = given(head);
            if (given.isEmpty()) {
                answer.accept(Answer.REFUSED);
                return;
            }
            String mark = mark(given.get());
            Long until = rightUntilNanos.get(mark);
            if (until != null && until - clock.nanos() > 0) {
                answer.accept(Answer.WELCOME);
                return;
            }
            try {
                threads.execute(
                        () -> {
                            boolean right = isRight(given.get());
                            if (right) {
                                remember(mark);
                            }
                            loop.execute(
                                    () -> answer.accept(right ? Answer.WELCOME : Answer.REFUSED));
                        });
            } catch (RejectedExecutionException _) {
                answer.accept(Answer.BUSY);
            }
        }

        /** Name and password, with a colon between them. */
        private Optional<String> given(RequestHead head) {
            List<String> fields = head.values(AUTHORIZATION);
            if (fields.size() != 1
                    || !fields.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                return Optional.empty();
            }
            try {
                String encoded = fields.getFirst().substring(SCHEME.length()).strip();
                return Optional.of(new String(Base64.getDecoder().decode(encoded), UTF_8))
                        .filter(text -> text.indexOf(':') > 0);
            } catch (IllegalArgumentException _) {
                return Optional.empty();
            }
        }

        private boolean isRight(String given) {
            readAgainIfChanged();
            int colon = given.indexOf(':');
            Optional<PasswordHash> hash = users.hashOf(given.substring(0, colon));
            boolean same = hash.orElse(NOBODY).isOf(given.substring(colon + 1));
            return same && hash.isPresent();
        }

        private void remember(String mark) {
            if (rightUntilNanos.size() >= REMEMBERED_MAX) {
                rightUntilNanos.clear();
            }
            rightUntilNanos.put(mark, clock.nanos() + REMEMBERED_NANOS);
        }

        /** The same for the same name and password, and of no use to anybody else. */
        private String mark(String given) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(key);
                return Base64.getEncoder().encodeToString(mac.doFinal(given.getBytes(UTF_8)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private synchronized void readAgainIfChanged() {
            String now = stampOf();
            if (now.equals(stamp)) {
                return;
            }
            stamp = now;
            try {
                users = UsersFile.read(file);
                rightUntilNanos.clear();
                LOG.info("the users of {} are read again", file);
            } catch (IOException e) {
                LOG.error("{}; the users of before still hold", e.getMessage());
            }
        }

        private String stampOf() {
            try {
                return Files.getLastModifiedTime(file) + " " + Files.size(file);
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }
}
