package io.shoestring.config;

import io.shoestring.model.Endpoint;

/** An address that clients connect to; what else it has depends on its protocol. */
public sealed interface ListenerConfig
        permits PostgresListenerConfig, MysqlListenerConfig, TcpListenerConfig, HttpListenerConfig {
    /** Its key in the file. */
    String name();

    /** Where clients connect. */
    Endpoint bind();

    /** Clients at the same time. */
    int maxConnections();

    /** What is spoken on a listener. */
    enum Protocol {
        POSTGRESQL,
        MYSQL,
        TCP,
        HTTP
    }
}
