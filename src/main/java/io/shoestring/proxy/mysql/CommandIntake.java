package io.shoestring.proxy.mysql;

import io.netty.buffer.ByteBuf;
import io.shoestring.protocol.mysql.ChangeUser;
import io.shoestring.protocol.mysql.Command;
import io.shoestring.protocol.mysql.ErrorPacket;
import io.shoestring.protocol.mysql.MysqlViolation;
import io.shoestring.protocol.mysql.Packet;
import io.shoestring.protocol.mysql.ServerStatus;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Takes a client's commands: what needs no server, or is refused at once, is answered here. On the
 * client's event loop only.
 */
final class CommandIntake {
    private final SessionContext context;
    private final ClientConnection client;
    private final CommandReader reader;
    private final Session session;
    private final Kill kill;
    private final Console console;

    CommandIntake(
            SessionContext context, CommandReader reader, Session session, LastRoute lastRoute) {
        this.context = context;
        this.client = context.client();
        this.reader = reader;
        this.session = session;
        this.console = new Console(context, lastRoute);
        this.kill = new Kill(context.listener(), client, context.identity());
    }

    /** Whether a command is being made ready, and no other may come meanwhile. */
    boolean isBusy() {
        return console.isBusy();
    }

    /** A whole command. Takes it over. */
    void command(ByteBuf bytes) {
        Optional<Command> known = CommandReader.command(bytes);
        if (known.isEmpty()) {
            bytes.release();
            client.error(Refusals.unknownCommand(), 1);
            return;
        }
        switch (known.get()) {
            case QUIT -> {
                bytes.release();
                client.close();
            }
            case CHANGE_USER -> changeUser(bytes);
            case STATEMENT_CLOSE -> closeStatement(bytes);
            default -> take(known.get(), bytes);
        }
    }

    private void take(Command command, ByteBuf bytes) {
        Request next = orReleased(bytes, () -> reader.read(command, bytes));
        if (next == null) {
            bytes.release();
            if (command.answer() != Command.Answer.NONE) {
                client.error(Refusals.unknownStatement(), 1);
            }
            return;
        }
        Optional<ErrorPacket> refusal = refusal(next);
        if (refusal.isPresent()) {
            next.release();
            client.error(refusal.get(), 1);
        } else if (kill.isOurs(next)) {
            int target = kill.target(next);
            next.release();
            kill.send(target, kill.isQueryOnly(), this::killed);
        } else {
            next.came(context.listener().clock().nanos());
            begin(next);
        }
    }

    private void begin(Request next) {
        if (!console.isAsked(next)) {
            session.begin(next);
            return;
        }
        console.complete(
                next,
                whole -> {
                    if (session.isEnded()) {
                        whole.release();
                    } else {
                        session.begin(whole);
                    }
                });
    }

    private Optional<ErrorPacket> refusal(Request next) {
        Prepared statement = next.statement();
        if (next.command() == Command.STATEMENT_PREPARE
                && !context.statements().hasRoom(next.bytes().readableBytes())) {
            return Optional.of(Refusals.tooMuchPrepared());
        }
        boolean runs =
                next.command() == Command.STATEMENT_EXECUTE
                        || next.command() == Command.STATEMENT_BULK_EXECUTE;
        return runs && statement != null ? statement.takeLongDataError() : Optional.empty();
    }

    /** Malformed bytes end the connection, and are still ours. */
    private static <T extends @Nullable Object> T orReleased(ByteBuf bytes, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (MysqlViolation violation) {
            bytes.release();
            throw violation;
        }
    }

    private void killed(Optional<ErrorPacket> error) {
        if (!session.isEnded()) {
            error.ifPresentOrElse(
                    it -> client.error(it, 1), () -> client.ok(ServerStatus.AUTOCOMMIT, 1));
        }
    }

    private void changeUser(ByteBuf bytes) {
        try {
            ChangeUser to =
                    ChangeUser.read(
                            bytes,
                            bytes.readerIndex() + Packet.HEADER_BYTES,
                            Packet.length(bytes, bytes.readerIndex()));
            session.end();
            ClientLogin login =
                    ClientLogin.change(context.listener(), client, context.identity(), to);
            client.changeUser(login);
            login.begin();
        } finally {
            bytes.release();
        }
    }

    private void closeStatement(ByteBuf bytes) {
        int id = orReleased(bytes, () -> CommandReader.statementId(bytes));
        bytes.release();
        Prepared gone = context.statements().remove(id);
        if (gone != null) {
            session.closed(gone);
        }
    }

    /** What is not shared, or has something open, is closed at the server too. */
    static void closeAt(@Nullable ServerLink link, Prepared gone) {
        if (link == null || (gone.isShared() && !gone.hasCursor() && !gone.hasLongData())) {
            return;
        }
        Integer serverId = link.statements().remove(gone);
        if (serverId != null) {
            link.closeStatements(List.of(serverId));
        }
    }
}
