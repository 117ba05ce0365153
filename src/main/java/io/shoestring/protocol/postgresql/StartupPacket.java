package io.shoestring.protocol.postgresql;

import io.netty.buffer.ByteBuf;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The first packet of a connection, the only one without a type byte. */
public sealed interface StartupPacket {
    /** The client offers TLS; it waits for one byte, see {@link BackendType#SSL_ACCEPTED}. */
    record SslRequest() implements StartupPacket {}

    /** The client offers GSSAPI encryption; it waits for one byte. */
    record GssEncRequest() implements StartupPacket {}

    /** Cancel what the session with this key runs; the connection is closed without an answer. */
    record Cancel(int processId, int secretKey) implements StartupPacket {
        /** Without the secret. */
        @Override
        public String toString() {
            return "Cancel[processId=" + processId + "]";
        }
    }

    /**
     * A session begins.
     *
     * @param parameters in the order in which they were sent, {@code _pq_.} options included; of a
     *     repeated one (never {@code user} or {@code database}) the last value, as the server does
     */
    record Startup(int major, int minor, Map<String, String> parameters) implements StartupPacket {
        private static final String PROTOCOL_OPTION_PREFIX = "_pq_.";

        /** The name of the user, never empty. */
        public String user() {
            return parameters.getOrDefault("user", "");
        }

        /** The database that was asked for: the user's name when none was. */
        public String database() {
            String database = parameters.getOrDefault("database", "");
            return database.isEmpty() ? user() : database;
        }

        /** Whether this is not an ordinary session but a replication connection. */
        public boolean isReplication() {
            return isReplication(parameters);
        }

        /** Whether these are the parameters of a replication connection. */
        public static boolean isReplication(Map<String, String> parameters) {
            String value = parameters.getOrDefault("replication", "");
            return switch (value) {
                case "", "false", "off", "no", "0", "f", "n" -> false;
                default -> true;
            };
        }

        /** Names of the protocol options that nobody here understands. */
        public List<String> protocolOptions() {
            return parameters.keySet().stream()
                    .filter(name -> name.startsWith(PROTOCOL_OPTION_PREFIX))
                    .toList();
        }

        /**
         * Whether the client must be told by {@link BackendMessages#negotiateProtocolVersion} that
         * it gets 3.0 and no protocol options.
         */
        public boolean needsNegotiation() {
            return minor > 0 || !protocolOptions().isEmpty();
        }
    }

    /**
     * Reads the first packet and moves the reader index behind it; empty, with nothing moved, while
     * bytes are missing.
     *
     * @throws ProtocolViolation if the packet is malformed, or asks for a protocol other than 3
     */
    static Optional<StartupPacket> read(ByteBuf in) {
        return StartupReader.read(in);
    }
}
