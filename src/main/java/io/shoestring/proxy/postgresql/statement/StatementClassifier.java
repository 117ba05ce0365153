package io.shoestring.proxy.postgresql.statement;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Says what a SQL string does, in one pass over its bytes, in less than a microsecond for a short
 * one. Immutable: one instance serves all threads.
 *
 * <p>READ means certainty: a query without anything that writes, locks or calls a function which is
 * not known to be harmless. Everything that is not understood is a WRITE; nothing is ever thrown
 * because of what a client sent.
 */
public final class StatementClassifier {
    private final Vocabulary vocabulary;

    /**
     * A classifier that trusts these functions.
     *
     * @param harmlessFunctions names in lower case, without schema: every overload in pg_catalog is
     *     stable or immutable
     */
    public StatementClassifier(Set<String> harmlessFunctions) {
        this.vocabulary = new Vocabulary(harmlessFunctions);
    }

    /** A classifier that trusts the functions of PostgreSQL which deserve it. */
    public static StatementClassifier ofBuiltInFunctions() {
        return new StatementClassifier(HarmlessFunctions.load());
    }

    /**
     * Classifies the SQL at {@code sqlIndex}, without its terminator; moves nothing.
     *
     * @param encoding of the session's client_encoding: in an unsafe one nothing is understood
     */
    public Classification classify(
            ByteBuf in, int sqlIndex, int sqlLength, ClientEncoding encoding) {
        if (encoding == ClientEncoding.UNSAFE) {
            return Classification.UNKNOWN;
        }
        if (in.hasArray()) {
            return classify(in.array(), in.arrayOffset() + sqlIndex, sqlLength);
        }
        return classify(ByteBufUtil.getBytes(in, sqlIndex, sqlLength), 0, sqlLength);
    }

    /**
     * What a statement of kind SET sets or resets, so that of several which are kept to be sent
     * again only the latest need be: a parameter's name in lower case ({@code timezone} also for
     * SET TIME ZONE), {@code session characteristics}, or {@code all} for RESET ALL.
     *
     * @return empty if the statement is no SET or RESET
     */
    public Optional<String> settingName(ByteBuf in, int sqlIndex, int sqlLength) {
        byte[] sql = ByteBufUtil.getBytes(in, sqlIndex, sqlLength);
        return SettingName.read(new Tokenizer(sql, 0, sqlLength, vocabulary));
    }

    /**
     * Which prepared statement an EXECUTE or DEALLOCATE names; empty for everything else, and for
     * DEALLOCATE ALL.
     */
    public Optional<StatementUse> statementUse(ByteBuf in, int sqlIndex, int sqlLength) {
        if (sqlLength == 0 || !mayUseStatement(in.getByte(sqlIndex))) {
            return Optional.empty();
        }
        byte[] sql = ByteBufUtil.getBytes(in, sqlIndex, sqlLength);
        return StatementUse.read(new Tokenizer(sql, 0, sqlLength, vocabulary));
    }

    /**
     * The LISTENs and UNLISTENs in a string, in their order; empty if one of them names its channel
     * in a way that only the server can read.
     */
    public Optional<List<ListenOrder>> listenOrders(ByteBuf in, int sqlIndex, int sqlLength) {
        byte[] sql = ByteBufUtil.getBytes(in, sqlIndex, sqlLength);
        return ListenOrder.read(new Tokenizer(sql, 0, sqlLength, vocabulary));
    }

    /**
     * The SETs and RESETs in a string, in their order; an empty one ends with its transaction.
     *
     * @return empty if the string cannot be read
     */
    public Optional<List<Optional<byte[]>>> settingOrders(ByteBuf in, int sqlIndex, int sqlLength) {
        return new SettingOrders(ByteBufUtil.getBytes(in, sqlIndex, sqlLength), vocabulary).read();
    }

    /** The first letters, or what may stand before them: nearly all SQL is done with here. */
    private static boolean mayUseStatement(byte first) {
        return switch (first) {
            case 'd', 'D', 'e', 'E', ' ', '\t', '\r', '\n', '/', '-' -> true;
            default -> false;
        };
    }

    /** Classifies SQL in an encoding of which ASCII is a safe subset. */
    public Classification classify(byte[] sql, int from, int length) {
        var tokenizer = new Tokenizer(sql, from, from + length, vocabulary);
        return new StatementReader(tokenizer).read();
    }
}
