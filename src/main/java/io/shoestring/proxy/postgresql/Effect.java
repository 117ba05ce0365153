package io.shoestring.proxy.postgresql;

import io.shoestring.proxy.postgresql.statement.ListenOrder;
import io.shoestring.proxy.postgresql.statement.StatementUse;

import java.util.List;
import java.util.Optional;

/** What a statement does to the session once the server says that it is done. */
sealed interface Effect {
    /** A SET or RESET, which other server connections have to repeat. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Setting(byte[] statement) implements Effect {}

    /** The SETs and RESETs among several statements; an empty one ends with its transaction. */
    record Settings(List<Optional<byte[]>> statements) implements Effect {}

    /** An EXECUTE or DEALLOCATE of a statement that the client may have prepared by protocol. */
    record Use(StatementUse use) implements Effect {}

    /** LISTEN and UNLISTEN, in their order; none: it asks for the channels. */
    record Listening(List<ListenOrder> orders) implements Effect {}
}
