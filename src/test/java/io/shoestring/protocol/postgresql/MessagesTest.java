package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What the writers write, the readers read; and no proper part of it. */
@Timeout(30)
class MessagesTest {
    /** Reads a body. */
    private interface Reader<T> {
        T read(ByteBuf in, int bodyIndex, int bodyLength);
    }

    private static final byte[] DATA = {1, 0, -1};

    @Test
    void readsParameterStatus() {
        var expected = new BackendBodies.ParameterStatus("TimeZone", "Zürich");
        exact(
                BackendType.PARAMETER_STATUS,
                out -> BackendMessages.parameterStatus(out, "TimeZone", "Zürich"),
                BackendBodies::parameterStatus,
                expected);
    }

    @Test
    void readsBackendKeyData() {
        var key = new BackendBodies.BackendKeyData(-7, 123_456_789);
        exact(
                BackendType.BACKEND_KEY_DATA,
                out -> BackendMessages.backendKeyData(out, -7, 123_456_789),
                BackendBodies::backendKeyData,
                key);
        assertThat(key).hasToString("BackendKeyData[processId=-7]");
    }

    @Test
    void readsReadyForQuery() {
        for (byte status : new byte[] {'I', 'T', 'E'}) {
            exact(
                    BackendType.READY_FOR_QUERY,
                    out -> BackendMessages.readyForQuery(out, status),
                    BackendBodies::readyForQuery,
                    status);
        }
        ByteBuf unknown = body(out -> BackendMessages.readyForQuery(out, (byte) 7));
        assertViolation(() -> BackendBodies.readyForQuery(unknown, 0, 1), "unknown status 0x07");
    }

    @Test
    void readsCommandTags() {
        Consumer<ByteBuf> writer = out -> BackendMessages.commandComplete(out, "INSERT 0 1");
        exact(BackendType.COMMAND_COMPLETE, writer, BackendBodies::commandTag, "INSERT 0 1");
        ByteBuf body = body(writer);
        int length = body.readableBytes();
        assertThat(BackendBodies.commandTagStartsWith(body, 0, length, "INSERT")).isTrue();
        assertThat(BackendBodies.commandTagStartsWith(body, 0, length, "INSERT 0 1")).isTrue();
        assertThat(BackendBodies.commandTagStartsWith(body, 0, length, "INSERT 0 1\0")).isFalse();
        assertThat(BackendBodies.commandTagStartsWith(body, 0, length, "SELECT")).isFalse();
        assertThat(BackendBodies.commandTagStartsWith(body, 0, 0, "")).isFalse();
    }

    @Test
    void readsAuthenticationRequests() {
        auth(BackendMessages::authenticationOk, new Authentication.Ok());
        auth(
                BackendMessages::authenticationCleartextPassword,
                new Authentication.CleartextPassword());
        byte[] salt = {1, -2, 3, -4};
        var challenge = new Authentication.Md5Challenge(0x01fe03fc);
        auth(out -> BackendMessages.authenticationMd5Password(out, salt), challenge);
        assertThat(challenge.saltBytes()).isEqualTo(salt);
        List<String> mechanisms = List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256");
        auth(
                out -> BackendMessages.authenticationSasl(out, mechanisms),
                new Authentication.Sasl(mechanisms));
    }

    private static void auth(Consumer<ByteBuf> writer, Authentication expected) {
        exact(BackendType.AUTHENTICATION, writer, Authentication::read, expected);
    }

    @Test
    void readsSaslData() {
        byte[] data = "r=x,s=y".getBytes(UTF_8);
        ByteBuf next = body(out -> BackendMessages.authenticationSaslContinue(out, data));
        assertThat(Authentication.read(next, 0, next.readableBytes()))
                .isEqualTo(new Authentication.SaslContinue("r=x,s=y"));
        ByteBuf last = body(out -> BackendMessages.authenticationSaslFinal(out, data));
        assertThat(Authentication.read(last, 0, last.readableBytes()))
                .isEqualTo(new Authentication.SaslFinal("r=x,s=y"));
        ByteBuf gss = Unpooled.buffer().writeInt(7).writeInt(1);
        assertThat(Authentication.read(gss, 0, 8)).isEqualTo(new Authentication.Unsupported(7));
    }

    @Test
    void readsErrors() {
        ErrorFields fields =
                ErrorFields.error(SqlState.READ_ONLY_SQL_TRANSACTION, "no – nein")
                        .withDetail("why")
                        .withHint("what next");
        exact(
                BackendType.ERROR_RESPONSE,
                out -> BackendMessages.errorResponse(out, fields),
                ErrorFields::read,
                fields);
        ErrorFields plain = ErrorFields.warning("01000", "m");
        exact(
                BackendType.NOTICE_RESPONSE,
                out -> BackendMessages.noticeResponse(out, plain),
                ErrorFields::read,
                plain);
        assertThat(fields.isFatal()).isFalse();
        assertThat(ErrorFields.fatal("57P01", "m").isFatal()).isTrue();
    }

    @Test
    void findsAnErrorsSqlState() {
        ByteBuf body =
                body(out -> BackendMessages.errorResponse(out, ErrorFields.error("25006", "C")));
        int length = body.readableBytes();
        assertThat(ErrorFields.hasSqlState(body, 0, length, "25006")).isTrue();
        assertThat(ErrorFields.hasSqlState(body, 0, length, "57P01")).isFalse();
        assertThat(ErrorFields.hasSqlState(Unpooled.buffer().writeByte(0), 0, 1, "x")).isFalse();
    }

    @Test
    void readsErrorsOfServersThatSendOtherFields() {
        byte[] old = "SFEHLER\0C57P01\0Fpostgres.c\0L12\0\0".getBytes(UTF_8);
        ErrorFields fields = ErrorFields.read(Unpooled.wrappedBuffer(old), 0, old.length);
        assertThat(fields.severity()).isEqualTo("FEHLER");
        assertThat(fields.sqlState()).isEqualTo("57P01");
        assertThat(fields.message()).isEmpty();
        assertThat(fields.detail()).isEqualTo(Optional.empty());
    }

    @Test
    void sendsErrorsWhoseTextHoldsNul() {
        ByteBuf body =
                body(out -> BackendMessages.errorResponse(out, ErrorFields.error("XX000", "a\0b")));
        assertThat(ErrorFields.read(body, 0, body.readableBytes()).message()).isEqualTo("ab");
    }

    @Test
    void refusesToWriteStringsThatWouldEndEarly() {
        assertThatThrownBy(() -> FrontendMessages.query(Unpooled.buffer(), "SELECT 1\0; x"))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void readsPasswords() {
        exact(
                FrontendType.PASSWORD,
                out -> FrontendMessages.password(out, "gehéim"),
                PasswordBodies::password,
                "gehéim");
        ByteBuf response = body(out -> FrontendMessages.saslResponse(out, DATA));
        assertThat(PasswordBodies.saslResponse(response, 0, response.readableBytes()))
                .isEqualTo(DATA);
    }

    @Test
    void readsSaslInitialResponses() {
        ByteBuf body = body(out -> FrontendMessages.saslInitialResponse(out, "M", DATA));
        var response = PasswordBodies.saslInitialResponse(body, 0, body.readableBytes());
        assertThat(response.mechanism()).isEqualTo("M");
        assertThat(response.data()).isEqualTo(DATA);
        assertThat(response).hasToString("SaslInitialResponse[mechanism=M]");

        ByteBuf none = Unpooled.buffer().writeByte('M').writeByte(0).writeInt(-1);
        assertThat(PasswordBodies.saslInitialResponse(none, 0, 6).data()).isEmpty();
        ByteBuf lie = Unpooled.buffer().writeByte('M').writeByte(0).writeInt(-2);
        assertViolation(() -> PasswordBodies.saslInitialResponse(lie, 0, 6), "-2 bytes wanted");
    }

    @Test
    void readsQueries() {
        ByteBuf body = body(out -> FrontendMessages.query(out, "SELECT 'é'"));
        QueryBody query = QueryBody.read(body, 0, body.readableBytes());
        assertThat(body.toString(query.sqlIndex(), query.sqlLength(), UTF_8))
                .isEqualTo("SELECT 'é'");
        refusesOtherLengths(body, QueryBody::read);
    }

    @Test
    void readsParse() {
        ByteBuf body = body(out -> FrontendMessages.parse(out, "s1", "SELECT $1", 23, 25));
        ParseBody parse = ParseBody.read(body, 0, body.readableBytes());
        assertThat(parse.name(body)).isEqualTo("s1");
        assertThat(parse.isUnnamed()).isFalse();
        assertThat(body.toString(parse.sqlIndex(), parse.sqlLength(), UTF_8))
                .isEqualTo("SELECT $1");
        assertThat(parse.parameterTypeCount()).isEqualTo(2);
        assertThat(body.getShort(parse.typesIndex())).isEqualTo((short) 2);
        refusesOtherLengths(body, ParseBody::read);

        ByteBuf unnamed = body(out -> FrontendMessages.parse(out, "", ""));
        assertThat(ParseBody.read(unnamed, 0, unnamed.readableBytes()).isUnnamed()).isTrue();
    }

    @Test
    void keepsTheBytesOfNamesInAnyEncoding() {
        byte[] bind = "\u00e9\0\u00ff\u0080\0".getBytes(ISO_8859_1);
        ByteBuf in = Unpooled.wrappedBuffer(bind);
        BindBody body = BindBody.read(in, 0, bind.length);
        assertThat(body.portal(in)).isEqualTo("\u00e9");
        assertThat(body.statement(in).getBytes(ISO_8859_1)).containsExactly(0xff, 0x80);
    }

    @Test
    void readsTheNamesOfBind() {
        ByteBuf in = Unpooled.copiedBuffer("xxp\0s\0rest", UTF_8);
        BindBody body = BindBody.read(in, 2, 8);
        assertThat(body.portal(in)).isEqualTo("p");
        assertThat(body.statement(in)).isEqualTo("s");
        assertThat(body.isUnnamedStatement()).isFalse();
        assertThat(in.toString(body.restIndex(), 4, UTF_8)).isEqualTo("rest");
        for (int length = 0; length < 4; length++) {
            int part = length;
            assertViolation(() -> BindBody.read(in, 2, part), "without a terminator");
        }
    }

    @Test
    void readsDescribeAndClose() {
        ByteBuf describe = body(out -> FrontendMessages.describeStatement(out, "abc"));
        TargetBody target = TargetBody.read(describe, 0, describe.readableBytes());
        assertThat(target.isStatement()).isTrue();
        assertThat(target.name(describe)).isEqualTo("abc");
        refusesOtherLengths(describe, TargetBody::read);

        ByteBuf close = body(out -> FrontendMessages.closeStatement(out, ""));
        assertThat(TargetBody.read(close, 0, 2).name(close)).isEmpty();
        ByteBuf portal = Unpooled.copiedBuffer("P\0", UTF_8);
        assertThat(TargetBody.read(portal, 0, 2).isStatement()).isFalse();
        ByteBuf unknown = Unpooled.copiedBuffer("X\0", UTF_8);
        assertViolation(() -> TargetBody.read(unknown, 0, 2), "unknown kind 'X'");
    }

    @Test
    void readsExecute() {
        ByteBuf in = Unpooled.copiedBuffer("p1\0", UTF_8).copy().writeInt(50);
        ExecuteBody execute = ExecuteBody.read(in, 0, 7);
        assertThat(execute.portal(in)).isEqualTo("p1");
        assertThat(execute.rowsMax()).isEqualTo(50);
        refusesOtherLengths(in, ExecuteBody::read);
    }

    @Test
    void writesMessagesWithoutBodies() {
        empty(FrontendMessages::sync, FrontendType.SYNC);
        empty(FrontendMessages::flush, FrontendType.FLUSH);
        empty(FrontendMessages::terminate, FrontendType.TERMINATE);
        empty(BackendMessages::emptyQueryResponse, BackendType.EMPTY_QUERY_RESPONSE);
        empty(BackendMessages::parseComplete, BackendType.PARSE_COMPLETE);
        empty(BackendMessages::bindComplete, BackendType.BIND_COMPLETE);
        empty(BackendMessages::closeComplete, BackendType.CLOSE_COMPLETE);
        empty(BackendMessages::noData, BackendType.NO_DATA);
    }

    private static void empty(Consumer<ByteBuf> writer, byte type) {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        assertThat(MessageHeader.type(out, 0)).isEqualTo(type);
        assertThat(MessageHeader.bodyLength(out, 0, 4)).isZero();
        assertThat(out.readableBytes()).isEqualTo(5);
    }

    @Test
    void asksForMoreUntilTheHeaderIsWhole() {
        ByteBuf message = Unpooled.buffer().writeByte('x');
        FrontendMessages.query(message, "SELECT 1");
        for (int length = 0; length < 5; length++) {
            ByteBuf prefix = message.copy(0, 1 + length);
            assertThat(MessageHeader.bodyLength(prefix, 1, 100))
                    .isEqualTo(MessageHeader.INCOMPLETE);
        }
        assertThat(MessageHeader.bodyLength(message, 1, 100)).isEqualTo(9);
        assertThat(message.readerIndex()).isZero();
    }

    @Test
    void refusesImpossibleLengths() {
        for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 3, 101, Integer.MAX_VALUE}) {
            ByteBuf in = Unpooled.buffer().writeByte('Q').writeInt(length);
            assertViolation(
                    () -> MessageHeader.bodyLength(in, 0, 100),
                    "invalid length " + length + " of a message of type 'Q'");
        }
        assertThat(FrontendType.isKnown(FrontendType.QUERY)).isTrue();
        assertThat(FrontendType.isKnown((byte) 'q')).isFalse();
    }

    private static <T> void exact(
            byte type, Consumer<ByteBuf> writer, Reader<T> reader, T expected) {
        ByteBuf out = Unpooled.buffer().writeByte(99);
        writer.accept(out);
        assertThat(MessageHeader.type(out, 1)).isEqualTo(type);
        int length = MessageHeader.bodyLength(out, 1, 10_000);
        assertThat(length).isEqualTo(out.readableBytes() - 6);
        assertThat(reader.read(out, 6, length)).isEqualTo(expected);
        assertThat(out.readerIndex()).isZero();
        refusesOtherLengths(out.copy(6, length), reader);
    }

    /** The reader sees through every missing and every superfluous byte. */
    private static void refusesOtherLengths(ByteBuf body, Reader<?> reader) {
        int whole = body.readableBytes();
        ByteBuf longer = body.copy().writeByte(1);
        for (int length = 0; length <= whole + 1; length++) {
            int part = length;
            if (part != whole) {
                assertThatThrownBy(() -> reader.read(longer, 0, part))
                        .as("%d of %d bytes", part, whole)
                        .isInstanceOf(ProtocolViolation.class);
            }
        }
    }

    private static ByteBuf body(Consumer<ByteBuf> writer) {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        return out.copy(MessageHeader.BYTES, out.readableBytes() - MessageHeader.BYTES);
    }

    private static void assertViolation(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining(message);
    }
}
