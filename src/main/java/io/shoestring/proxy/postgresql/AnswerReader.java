package io.shoestring.proxy.postgresql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.postgresql.BackendBodies;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.MessageHeader;
import io.shoestring.protocol.postgresql.ProtocolViolation;
import io.shoestring.protocol.postgresql.SqlState;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;

/**
 * Reads the messages of a server that has let us in. It knows from the {@link Conversation} whose
 * answer each is, lets the client's pass the {@link AnswerGate} as they came, and looks into a
 * message only where something follows from it.
 */
final class AnswerReader {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerReader.class);

    /** Where the server finds that a prepared statement has other columns now: never translated. */
    private static final String STALE_PLAN = "RevalidateCachedQuery";

    private final ServerLink link;
    private final Conversation conversation;
    private final AnswerGate gate;
    private final AnswerTap tap;
    private boolean refused;
    private boolean refusedToWrite;
    private @Nullable ErrorFields fatal;

    AnswerReader(ServerLink link, Conversation conversation, AnswerGate gate, AnswerTap tap) {
        this.link = link;
        this.conversation = conversation;
        this.gate = gate;
        this.tap = tap;
    }

    /** What the server said when it ended the connection. */
    Optional<ErrorFields> fatal() {
        return Optional.ofNullable(fatal);
    }

    /**
     * The first part of a message has come; true: the rest of it can pass as it comes.
     *
     * @param type of the message, which begins at the reader index
     */
    boolean begins(byte type, ByteBuf in) {
        if (type != 'D' && type != 'd' && type != 'V') {
            return false;
        }
        if (conversation.isQuiet()) {
            throw new ProtocolViolation("an answer of type " + (char) type + " to nothing");
        }
        if (conversation.answersUs()) {
            return false;
        }
        conversation.measured(1L + in.getInt(in.readerIndex() + 1));
        open(in, in.readerIndex());
        return true;
    }

    /** A part of a long message, from {@code at} to the reader index. */
    void passes(ByteBuf in, int at) {
        forwardOrSkip(in, at);
    }

    /** A whole message, from {@code at} to the reader index. */
    void read(byte type, ByteBuf in, int at) {
        int body = at + MessageHeader.BYTES;
        int length = in.readerIndex() - body;
        conversation.measured(in.readerIndex() - at);
        if (conversation.isQuiet() && !comesUnasked(type)) {
            throw new ProtocolViolation("an answer of type " + (char) type + " to nothing");
        }
        switch (type) {
            case 'Z' -> ready(in, at, BackendBodies.readyForQuery(in, body, length));
            case 'C' -> complete(in, at, body, length);
            case '1' -> parsed(in, at);
            case '2' -> finish(OutstandingQueue.BIND, in, at);
            case '3' -> finish(OutstandingQueue.CLOSE, in, at);
            case 'T', 'n' -> described(in, at, type);
            case 't' -> forwardOrSkip(in, at);
            case 'D', 'd', 'H', 'c', 'V' -> data(in, at);
            case 'I', 's' -> executed(in, at);
            case 'G' -> copyBegins(in, at);
            case 'W' -> streamingBegins(in, at);
            case 'E' -> error(in, at, body, length);
            case 'N' -> aside(in, at);
            case 'A' -> notification(in, at);
            case 'S' -> parameter(in, at, body, length);
            default -> throw new ProtocolViolation("an unexpected message of type " + (char) type);
        }
    }

    private static boolean comesUnasked(byte type) {
        return type == 'E' || type == 'N' || type == 'A' || type == 'S';
    }

    private void data(ByteBuf in, int at) {
        if (conversation.answersUs() && conversation.subject() instanceof CommitProbe probe) {
            probe.read(in, at + MessageHeader.BYTES, in.readerIndex() - at - MessageHeader.BYTES);
        } else if (in.getByte(at) == 'H') {
            link.owner().copies(link);
        }
        decide(in, at);
        forwardOrSkip(in, at);
    }

    private void executed(ByteBuf in, int at) {
        decide(in, at);
        gate.executed();
        finish(OutstandingQueue.EXECUTE, in, at);
    }

    private void complete(ByteBuf in, int at, int body, int length) {
        decide(in, at);
        conversation.copyEnded();
        if (!conversation.answersUs()) {
            link.owner().completed(link, in, body, length);
        }
        gate.executed();
        ErrorFields failure = conversation.takeCommitProbeFailure();
        if (failure != null
                && conversation.answersClient()
                && BackendBodies.commandTagStartsWith(in, body, length, "ROLLBACK")) {
            // What we asked before the COMMIT made it a ROLLBACK: the client has to know.
            gate.replaced(in, at, failure);
            conversation.done(OutstandingQueue.EXECUTE);
            return;
        }
        finish(OutstandingQueue.EXECUTE, in, at);
    }

    private void parsed(ByteBuf in, int at) {
        if (conversation.subject() instanceof PreparedStatement statement) {
            link.owner().statements().confirm(statement);
        }
        finish(OutstandingQueue.PARSE, in, at);
    }

    private void described(ByteBuf in, int at, byte type) {
        if (type == 'T' && conversation.kind() != OutstandingQueue.DESCRIBE) {
            forwardOrSkip(in, at);
        } else {
            finish(OutstandingQueue.DESCRIBE, in, at);
        }
    }

    private void copyBegins(ByteBuf in, int at) {
        decide(in, at);
        link.owner().copies(link);
        forwardOrSkip(in, at);
        conversation.copyBegins();
    }

    private void streamingBegins(ByteBuf in, int at) {
        copyBegins(in, at);
        link.owner().streams(link);
    }

    /** The head is forwarded or skipped and, if it is of this kind, done. */
    private void finish(byte kind, ByteBuf in, int at) {
        forwardOrSkip(in, at);
        conversation.done(kind);
    }

    private void ready(ByteBuf in, int at, byte status) {
        if (!OutstandingQueue.endsWithReady(conversation.kind())) {
            throw new ProtocolViolation("ReadyForQuery although nothing ended");
        }
        if (refused) {
            refused = false;
            gate.drop();
            gate.skipTo(in);
            conversation.ready(status);
            link.owner().refused(refusedToWrite);
            return;
        }
        boolean ours = conversation.answersUs();
        boolean again = conversation.answersAgain();
        boolean restoring = conversation.isRestoring();
        open(in, at);
        if (!ours && status != 'I' && !link.owner().mayOpenBlocks()) {
            gate.cut(in, at);
            conversation.ready(status);
            gate.write(in, in.readerIndex());
            link.owner().openedBlock(link);
            return;
        }
        forwardOrSkip(in, at);
        conversation.ready(status);
        gate.write(in, in.readerIndex());
        if (again) {
            link.owner().answeredAgain(link);
        } else if (!ours) {
            link.owner().answered(link);
        } else if (restoring && !conversation.isRestoring()) {
            link.owner().restored(link);
        }
    }

    private void error(ByteBuf in, int at, int body, int length) {
        ErrorFields error = ErrorFields.read(in, body, length);
        if (error.isFatal()) {
            fatal = error;
            gate.cut(in, at);
            return;
        }
        if (conversation.isQuiet()) {
            LOG.info("{} said, asked by nobody: {}", link.member().endpoint(), error.message());
            gate.cut(in, at);
            return;
        }
        if (tap.keepsAll()) {
            // It was answered without an error before.
            gate.cut(in, at);
            link.owner().differs(link);
            return;
        }
        conversation.copyEnded();
        boolean ours = conversation.answersUs();
        byte kind = conversation.kind();
        boolean hasStalePlan =
                !ours
                        && error.sqlState().equals(SqlState.FEATURE_NOT_SUPPORTED)
                        && !gate.answerBegan()
                        && BackendBodies.isErrorOf(in, body, length, STALE_PLAN);
        if (hasStalePlan && link.owner().asksAnew(link)) {
            refused = true;
            refusedToWrite = false;
            gate.cut(in, at);
            conversation.failed(Optional.empty());
            return;
        }
        if (gate.isUndecided() && (ours ? kind == OutstandingQueue.PARSE : isReplicasOwn(error))) {
            refused = true;
            refusedToWrite = error.sqlState().equals(SqlState.READ_ONLY_SQL_TRANSACTION);
            gate.drop();
            gate.skipTo(in);
        } else if (ours && OutstandingQueue.endsWithReady(kind)) {
            conversation.ownFailed(error);
            gate.cut(in, at);
        } else {
            conversation.refused(error);
            open(in, at);
            forward(in, at);
        }
        // What the replica refused is asked again: then nothing has failed for the client.
        conversation.failed(refused ? Optional.empty() : Optional.of(link.owner().statements()));
        link.owner().failed();
    }

    /**
     * Whether the primary may well have another answer: the replica cannot write, cannot be
     * serializable, had to cancel for the sake of replication, or is in trouble.
     */
    private static boolean isReplicasOwn(ErrorFields error) {
        return switch (error.sqlState()) {
            case SqlState.READ_ONLY_SQL_TRANSACTION,
                    SqlState.FEATURE_NOT_SUPPORTED,
                    SqlState.SERIALIZATION_FAILURE,
                    SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE ->
                    true;
            default -> isTrouble(error.sqlState());
        };
    }

    /** Out of resources, a system error, an internal error. */
    private static boolean isTrouble(String sqlState) {
        return sqlState.startsWith("53") || sqlState.startsWith("58") || sqlState.startsWith("XX");
    }

    private void notification(ByteBuf in, int at) {
        if (!link.owner().passesNotification(in, at) || tap.isKeepingBack()) {
            gate.cut(in, at);
        }
    }

    /** Notices: the client's, if they can be. */
    private void aside(ByteBuf in, int at) {
        boolean swallow =
                conversation.isQuiet() ? !link.owner().hearsUnasked() : conversation.answersUs();
        if (swallow || tap.isKeepingBack()) {
            gate.cut(in, at);
        }
    }

    private void parameter(ByteBuf in, int at, int body, int length) {
        var parameter = BackendBodies.parameterStatus(in, body, length);
        link.login().parameterChanged(parameter.name(), parameter.value());
        if (conversation.answersUs() || !link.owner().hearsUnasked() || tap.isKeepingBack()) {
            gate.cut(in, at);
        } else {
            link.owner().parameterChanged(parameter.name(), parameter.value());
        }
    }

    /**
     * Forwards the message, or swallows it if the head is a request of ours, or if the client has
     * it already.
     */
    private void forwardOrSkip(ByteBuf in, int at) {
        if (conversation.answersUs()) {
            gate.cut(in, at);
        } else {
            forward(in, at);
        }
    }

    private void forward(ByteBuf in, int at) {
        int length = in.readerIndex() - at;
        int kept = tap.keeps(in, at, length);
        if (kept > 0) {
            gate.cut(in, at, at + kept);
        }
        if (kept < length) {
            gate.forwards();
        } else if (tap.isDifferent()) {
            link.owner().differs(link);
        }
    }

    /** The answer is the client's from here on, unless something that may be refused is to come. */
    private void decide(ByteBuf in, int before) {
        if (gate.isLastExecute()) {
            open(in, before);
        }
    }

    private void open(ByteBuf in, int before) {
        if (conversation.answersClient()) {
            gate.open(in, before);
        }
    }
}
