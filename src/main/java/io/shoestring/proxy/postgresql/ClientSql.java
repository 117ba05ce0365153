package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.proxy.StatementMeter;
import io.shoestring.proxy.postgresql.statement.Classification;
import io.shoestring.proxy.postgresql.statement.ClientEncoding;
import io.shoestring.proxy.postgresql.statement.ListenOrder;
import io.shoestring.proxy.postgresql.statement.StatementUse;

import java.util.List;
import java.util.Optional;

/** Says what the SQL of one client means, in the encoding that it has chosen. */
final class ClientSql {
    private final ListenerContext listener;
    private final ClientIdentity identity;
    private final StatementMeter meter;
    private final boolean shares;
    private ClientEncoding encoding = ClientEncoding.UNSAFE;

    /**
     * @param shares whether the client shares server connections with others
     */
    ClientSql(
            ListenerContext listener,
            ClientIdentity identity,
            StatementMeter meter,
            boolean shares) {
        this.shares = shares;
        this.listener = listener;
        this.meter = meter;
        this.identity = identity;
    }

    /** The client has been told another setting. */
    void parameterChanged() {
        encoding = identity.encoding();
    }

    Classification classify(ByteBuf in, int at, int length) {
        return listener.classifier().classify(in, at, length, encoding);
    }

    Optional<StatementUse> statementUse(ByteBuf in, int at, int length) {
        return listener.classifier().statementUse(in, at, length);
    }

    /** The SETs of a request with several statements. */
    Optional<List<Optional<byte[]>>> settingOrders(ByteBuf in, int at, int length) {
        return listener.classifier().settingOrders(in, at, length);
    }

    /** What LISTENs and UNLISTENs say, if they are carried out for all clients together. */
    Optional<List<ListenOrder>> listenOrders(ByteBuf in, int at, int length) {
        return shares ? listener.classifier().listenOrders(in, at, length) : Optional.empty();
    }

    /** Where the client's statements are counted. */
    StatementMeter meter() {
        return meter;
    }

    long now() {
        return listener.timer().now();
    }

    /** Texts that look like reads and have turned out to be none. */
    Learned learned() {
        return listener.learned();
    }
}
