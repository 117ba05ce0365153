package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.monitoring.digest.Shape;
import io.shoestring.proxy.LoopStatements;
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
    private final LoopStatements<Classification> known;
    private final boolean shares;
    private ClientEncoding encoding = ClientEncoding.UNSAFE;

    /**
     * @param shares whether the client shares server connections with others
     */
    ClientSql(
            ListenerContext listener,
            ClientIdentity identity,
            LoopStatements<Classification> known,
            boolean shares) {
        this.shares = shares;
        this.listener = listener;
        this.known = known;
        this.identity = identity;
    }

    /** The client has been told another setting. */
    void parameterChanged() {
        encoding = identity.encoding();
    }

    /** What a statement means whose shape has just been read. */
    Classification classify(Shape shape, ByteBuf in, int at, int length) {
        if (encoding == ClientEncoding.UNSAFE) {
            return Classification.UNKNOWN;
        }
        Optional<Classification> same = known.meanings().find(shape);
        if (same.isPresent()) {
            return same.get();
        }
        Classification meaning = listener.classifier().classify(in, at, length, encoding);
        if (meaning.isOfShape()) {
            known.meanings().keep(shape, meaning);
        }
        return meaning;
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

    /** What is known of statements, and where the client's are counted. */
    LoopStatements<Classification> known() {
        return known;
    }

    long now() {
        return listener.timer().now();
    }

    /** Texts that look like reads and have turned out to be none. */
    Learned learned() {
        return listener.learned();
    }
}
