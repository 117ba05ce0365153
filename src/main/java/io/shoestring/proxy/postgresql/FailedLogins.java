package io.shoestring.proxy.postgresql;

import io.shoestring.base.Clock;
import io.shoestring.config.AccessConfig.Failures;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Log-ins with a wrong password, by the address that they came from. Bounded: while too many
 * addresses fail at once, further ones are not counted. Thread-safe.
 */
final class FailedLogins {
    private static final int ADDRESSES_MAX = 10_000;
    private static final int PREFIX_BYTES = 8;
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Clock clock;
    private final Map<InetAddress, Failed> byAddress = new ConcurrentHashMap<>();

    private final AtomicLong nextLookNanos;

    private record Failed(int count, long firstNanos) {}

    FailedLogins(Clock clock) {
        this.clock = clock;
        this.nextLookNanos = new AtomicLong(clock.nanos());
    }

    /** One more. */
    void failed(InetAddress address, Failures limit) {
        InetAddress counted = counted(address);
        long now = clock.nanos();
        if (byAddress.size() >= ADDRESSES_MAX && mayLookAtAll(now)) {
            byAddress.values().removeIf(failed -> isOver(failed, limit, now));
        }
        if (byAddress.size() < ADDRESSES_MAX || byAddress.containsKey(counted)) {
            byAddress.compute(
                    counted,
                    (same, known) ->
                            known == null || isOver(known, limit, now)
                                    ? new Failed(1, now)
                                    : new Failed(known.count() + 1, known.firstNanos()));
        }
    }

    /** Not with each of many: whoever fails often from everywhere shall not cost more by that. */
    private boolean mayLookAtAll(long nowNanos) {
        long due = nextLookNanos.get();
        return nowNanos - due >= 0 && nextLookNanos.compareAndSet(due, nowNanos + LOOK_NANOS);
    }

    private static boolean isOver(Failed failed, Failures limit, long nowNanos) {
        return nowNanos - failed.firstNanos() > limit.within().toNanos();
    }

    /** Why nobody from there may try now; empty: everybody may. */
    Optional<ErrorFields> refuses(InetAddress address, Failures limit) {
        Failed failed = byAddress.get(counted(address));
        long now = clock.nanos();
        if (failed == null || failed.count() < limit.most() || isOver(failed, limit, now)) {
            return Optional.empty();
        }
        long left = limit.within().toNanos() - (now - failed.firstNanos());
        return Optional.of(
                ErrorFields.fatal(
                                SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                                "%d log-ins from %s have failed; try again in %d s"
                                        .formatted(
                                                failed.count(),
                                                address.getHostAddress(),
                                                1 + TimeUnit.NANOSECONDS.toSeconds(left)))
                        .withHint("'failed-logins' of the listener is the limit."));
    }

    /** Whoever has an address of IPv6 usually has all with the same first 64 bits. */
    private static InetAddress counted(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of IPv6 has 16 bytes", e);
        }
    }
}
