package io.shoestring.proxy.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.PoolConfig;
import io.shoestring.config.ReplayConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that listen, and share their server connections, when the primary dies. */
@Timeout(90)
class NotificationsFailoverTest extends LostPrimary {
    @Override
    String columns() {
        return "id int";
    }

    @Override
    ReplayConfig replay() {
        return ProxyUnderTest.REPLAY;
    }

    @Override
    PoolConfig pool() {
        PoolConfig shared = ProxyUnderTest.shared(5);
        return new PoolConfig(
                shared.mode(),
                shared.sizes(),
                shared.patience(),
                shared.idle(),
                shared.lifetime(),
                PoolConfig.AfterLoss.WARN);
    }

    @Test
    void theyHearTheNextPrimaryAndAreToldWhatTheyMayHaveMissed() throws Exception {
        pair.makeSynchronous();
        try (RawClient idle = client();
                RawClient inside = client();
                RawClient begins = client()) {
            idle.ask("listen news");
            inside.ask("listen news");
            inside.ask("begin");
            inside.ask("insert into written values (1)");
            begins.ask("begin");
            begins.ask("insert into written values (2)");
            begins.ask("listen news");
            killPrimary();
            promote();

            assertThat(idle.next()).startsWith("N SWARNING").contains("may have been lost");
            // Its transaction goes on at the next primary, and only then it hears.
            assertThat(inside.value("select count(*) from written")).isEqualTo("1");
            assertThat(inside.ask("commit")).contains("C COMMIT[0]", "Z I");
            assertThat(inside.next()).startsWith("N SWARNING");
            assertThat(begins.ask("commit")).contains("C COMMIT[0]", "Z I");
            direct(pair.replica().endpoint().port(), "notify news, 'of the next'");
            for (RawClient each : new RawClient[] {idle, inside, begins}) {
                String said = each.next();
                while (said.startsWith("N")) {
                    said = each.next();
                }
                assertThat(said).isEqualTo("A news[0]of the next[0]");
            }
            assertThat(idle.value("select count(*) from written")).isEqualTo("2");
        }
    }
}
