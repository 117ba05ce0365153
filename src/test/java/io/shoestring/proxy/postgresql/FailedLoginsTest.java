package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.AccessConfig.Failures;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class FailedLoginsTest {
    private static final Failures LIMIT = new Failures(2, Duration.ofSeconds(60));

    private final AtomicLong now = new AtomicLong();
    private final FailedLogins logins = new FailedLogins(now::get);

    private boolean mayTry(String address) {
        return logins.refuses(InetAddress.ofLiteral(address), LIMIT).isEmpty();
    }

    private void fail(String address) {
        logins.failed(InetAddress.ofLiteral(address), LIMIT);
    }

    @Test
    void whoHasFailedTooOftenWaitsUntilTheTimeIsOver() {
        fail("10.0.0.1");
        assertThat(mayTry("10.0.0.1")).isTrue();
        now.addAndGet(Duration.ofSeconds(50).toNanos());
        fail("10.0.0.1");
        assertThat(mayTry("10.0.0.1")).isFalse();
        assertThat(logins.refuses(InetAddress.ofLiteral("10.0.0.1"), LIMIT).orElseThrow().message())
                .isEqualTo("2 log-ins from 10.0.0.1 have failed; try again in 11 s");
        assertThat(mayTry("10.0.0.2")).isTrue();
        now.addAndGet(Duration.ofSeconds(11).toNanos());
        assertThat(mayTry("10.0.0.1")).isTrue();
        fail("10.0.0.1");
        assertThat(mayTry("10.0.0.1")).isTrue();
    }

    @Test
    void addressesOfOneNetworkOfIpv6AreOne() {
        fail("2001:db8::1");
        fail("2001:db8::2");
        assertThat(mayTry("2001:db8::3")).isFalse();
        assertThat(mayTry("2001:db8:0:1::3")).isTrue();
    }

    @Test
    void moreAddressesThanCanBeCountedAreNotRefused() {
        for (int i = 0; i < 20_000; i++) {
            fail("10.1." + i / 256 % 256 + "." + i % 256);
            fail("10.1." + i / 256 % 256 + "." + i % 256);
        }
        assertThat(mayTry("10.1.0.0")).isFalse();
        assertThat(mayTry("10.1.78.31")).isTrue();
        now.addAndGet(Duration.ofSeconds(61).toNanos());
        fail("10.1.78.31");
        fail("10.1.78.31");
        assertThat(mayTry("10.1.78.31")).as("there is room again").isFalse();
    }
}
