package io.shoestring.protocol.postgresql;

import static io.shoestring.protocol.postgresql.MessageWriter.begin;
import static io.shoestring.protocol.postgresql.MessageWriter.empty;
import static io.shoestring.protocol.postgresql.MessageWriter.end;
import static io.shoestring.protocol.postgresql.MessageWriter.string;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import java.util.List;
import java.util.Optional;

/**
 * Writes what a proxy itself says to clients. Each method appends one whole message to {@code out};
 * a text that holds a NUL throws {@link IllegalStateException}.
 */
public final class BackendMessages {
    private static final int TEXT_TYPE_OID = 25;
    private static final int TEXT_TYPE_LENGTH = -1;
    private static final int NO_TYPE_MODIFIER = -1;
    private static final int TEXT_FORMAT = 0;
    private static final int NULL_LENGTH = -1;
    private static final int PROTOCOL_3_0 = 3 << 16;

    private BackendMessages() {}

    public static void authenticationOk(ByteBuf out) {
        authentication(out, Authentication.OK);
    }

    public static void authenticationCleartextPassword(ByteBuf out) {
        authentication(out, Authentication.CLEARTEXT_PASSWORD);
    }

    private static void authentication(ByteBuf out, int kind) {
        out.writeByte(BackendType.AUTHENTICATION).writeInt(8).writeInt(kind);
    }

    /**
     * Asks for an MD5 password.
     *
     * @param salt four bytes, new for each connection
     */
    public static void authenticationMd5Password(ByteBuf out, byte[] salt) {
        out.writeByte(BackendType.AUTHENTICATION).writeInt(8 + salt.length);
        out.writeInt(Authentication.MD5_PASSWORD).writeBytes(salt);
    }

    /** Offers SASL mechanisms, the preferred one first. */
    public static void authenticationSasl(ByteBuf out, List<String> mechanisms) {
        int mark = begin(out, BackendType.AUTHENTICATION);
        out.writeInt(Authentication.SASL);
        mechanisms.forEach(mechanism -> string(out, mechanism));
        out.writeByte(0);
        end(out, mark);
    }

    public static void authenticationSaslContinue(ByteBuf out, byte[] data) {
        authenticationSaslData(out, Authentication.SASL_CONTINUE, data);
    }

    public static void authenticationSaslFinal(ByteBuf out, byte[] data) {
        authenticationSaslData(out, Authentication.SASL_FINAL, data);
    }

    private static void authenticationSaslData(ByteBuf out, int kind, byte[] data) {
        out.writeByte(BackendType.AUTHENTICATION).writeInt(8 + data.length);
        out.writeInt(kind).writeBytes(data);
    }

    public static void parameterStatus(ByteBuf out, String name, String value) {
        int mark = begin(out, BackendType.PARAMETER_STATUS);
        string(out, name);
        string(out, value);
        end(out, mark);
    }

    public static void backendKeyData(ByteBuf out, int processId, int secretKey) {
        out.writeByte(BackendType.BACKEND_KEY_DATA).writeInt(12);
        out.writeInt(processId).writeInt(secretKey);
    }

    /**
     * Ends an answer.
     *
     * @param status one of {@link TransactionStatus}
     */
    public static void readyForQuery(ByteBuf out, byte status) {
        out.writeByte(BackendType.READY_FOR_QUERY).writeInt(5).writeByte(status);
    }

    public static void errorResponse(ByteBuf out, ErrorFields fields) {
        fields(out, BackendType.ERROR_RESPONSE, fields);
    }

    public static void noticeResponse(ByteBuf out, ErrorFields fields) {
        fields(out, BackendType.NOTICE_RESPONSE, fields);
    }

    private static void fields(ByteBuf out, byte type, ErrorFields fields) {
        int mark = begin(out, type);
        field(out, ErrorFields.SEVERITY_LOCALISED, fields.severity());
        field(out, ErrorFields.SEVERITY, fields.severity());
        field(out, ErrorFields.SQL_STATE, fields.sqlState());
        field(out, ErrorFields.MESSAGE, fields.message());
        fields.detail().ifPresent(detail -> field(out, ErrorFields.DETAIL, detail));
        fields.hint().ifPresent(hint -> field(out, ErrorFields.HINT, hint));
        out.writeByte(0);
        end(out, mark);
    }

    /** What cannot stand in a string is left out: an error must reach its reader. */
    private static void field(ByteBuf out, byte code, String value) {
        out.writeByte(code);
        string(out, value.replace("\0", ""));
    }

    public static void commandComplete(ByteBuf out, String tag) {
        int mark = begin(out, BackendType.COMMAND_COMPLETE);
        string(out, tag);
        end(out, mark);
    }

    public static void emptyQueryResponse(ByteBuf out) {
        empty(out, BackendType.EMPTY_QUERY_RESPONSE);
    }

    public static void parseComplete(ByteBuf out) {
        empty(out, BackendType.PARSE_COMPLETE);
    }

    public static void bindComplete(ByteBuf out) {
        empty(out, BackendType.BIND_COMPLETE);
    }

    public static void closeComplete(ByteBuf out) {
        empty(out, BackendType.CLOSE_COMPLETE);
    }

    public static void noData(ByteBuf out) {
        empty(out, BackendType.NO_DATA);
    }

    /** Says that this is protocol 3.0 and which protocol options are not understood. */
    public static void negotiateProtocolVersion(ByteBuf out, List<String> unknownOptions) {
        int mark = begin(out, BackendType.NEGOTIATE_PROTOCOL_VERSION);
        out.writeInt(PROTOCOL_3_0).writeInt(unknownOptions.size());
        unknownOptions.forEach(option -> string(out, option));
        end(out, mark);
    }

    /** Announces rows whose columns are all of type {@code text}, in text format. */
    public static void rowDescription(ByteBuf out, List<String> columnNames) {
        int mark = begin(out, BackendType.ROW_DESCRIPTION);
        out.writeShort(columnNames.size());
        for (String name : columnNames) {
            string(out, name);
            out.writeInt(0).writeShort(0);
            out.writeInt(TEXT_TYPE_OID).writeShort(TEXT_TYPE_LENGTH);
            out.writeInt(NO_TYPE_MODIFIER).writeShort(TEXT_FORMAT);
        }
        end(out, mark);
    }

    /** One row for {@link #rowDescription}; an empty value is NULL. */
    public static void dataRow(ByteBuf out, List<Optional<String>> values) {
        int mark = begin(out, BackendType.DATA_ROW);
        out.writeShort(values.size());
        for (Optional<String> value : values) {
            int lengthIndex = out.writerIndex();
            out.writeInt(NULL_LENGTH);
            if (value.isPresent()) {
                out.setInt(lengthIndex, ByteBufUtil.writeUtf8(out, value.get()));
            }
        }
        end(out, mark);
    }
}
