package io.shoestring.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.shoestring.base.Clock;
import io.shoestring.model.Event.Severity;
import io.shoestring.monitoring.Events;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * How often passwords may be guessed: from one address, and for one name from all addresses. While
 * there were too many, none is looked at, not even the right one; whoever is in stays in, and
 * tokens are looked at all the same, since nobody guesses one.
 */
final class Attempts {
    static final int MOST_OF_AN_ADDRESS = 10;
    static final int MOST_FOR_A_NAME = 30;
    static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int IPV6_PREFIX_BYTES = 8;
    private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);

    private final FailureLimit addresses;
    private final FailureLimit names;
    private final FailureLimit told;
    private final Events events;

    Attempts(Events events, Clock clock) {
        this.events = events;
        this.addresses = new FailureLimit(MOST_OF_AN_ADDRESS, WINDOW, clock);
        this.names = new FailureLimit(MOST_FOR_A_NAME, WINDOW, clock);
        this.told = new FailureLimit(1, WINDOW, clock);
    }

    /**
     * Lets a password be looked at.
     *
     * @throws Refusal 429
     */
    void check(InetAddress remote, String name) throws Refusal {
        if (addresses.isReached(keyOf(remote)) || names.isReached(name)) {
            throw new Refusal(
                    HttpResponseStatus.TOO_MANY_REQUESTS,
                    "Too many wrong passwords. Try again in a minute.",
                    Map.of(HttpHeaderNames.RETRY_AFTER, String.valueOf(WINDOW.toSeconds())));
        }
    }

    /**
     * Notes that a password was wrong.
     *
     * @param known whether somebody has that name; another one may be a password in the wrong
     *     field, and is not written down
     */
    void failed(InetAddress remote, String name, boolean known) {
        String address = remote.getHostAddress();
        String as = known ? name : "a user that there is none of";
        LOG.warn("{} gave a wrong password for {}", address, as);
        boolean many = addresses.note(keyOf(remote)) >= MOST_OF_AN_ADDRESS;
        boolean manyForTheName = names.note(name) >= MOST_FOR_A_NAME;
        if ((many || manyForTheName) && !told.isTooMany("")) {
            events.add(
                    Severity.WARNING,
                    Optional.empty(),
                    0,
                    "Too many wrong passwords for %s, the last from %s: none is looked at for a minute."
                            .formatted(as, address));
        }
    }

    /** Whoever has one address of IPv6 has its whole subnet. */
    private static String keyOf(InetAddress remote) {
        return remote instanceof Inet6Address
                ? HexFormat.of().formatHex(Arrays.copyOf(remote.getAddress(), IPV6_PREFIX_BYTES))
                : remote.getHostAddress();
    }
}
