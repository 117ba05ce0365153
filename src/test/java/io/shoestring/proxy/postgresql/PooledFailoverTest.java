package io.shoestring.proxy.postgresql;

import io.shoestring.config.PoolConfig;

/** The same for clients who share their server connections. */
class PooledFailoverTest extends FailoverTest {
    @Override
    PoolConfig pool() {
        return new PoolConfig(PoolConfig.Mode.TRANSACTION, 20);
    }
}
