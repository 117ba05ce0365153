package io.shoestring.proxy.postgresql;

import io.shoestring.config.PoolConfig;

/** The same for clients who share their server connections. */
class PooledReplayTest extends ReplayTest {
    @Override
    PoolConfig pool() {
        return ProxyUnderTest.shared(20);
    }
}
