package io.shoestring.protocol.postgresql;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A cursor over the attributes {@code a=value,b=value} of one SCRAM message. */
final class ScramMessage {
    private final String name;
    private final String text;
    private int index;

    ScramMessage(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /** For messages that come from the network. */
    static ScramMessage decode(String name, byte[] bytes) {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return new ScramMessage(name, text);
        } catch (CharacterCodingException e) {
            throw new ProtocolViolation("malformed SCRAM %s: not UTF-8".formatted(name));
        }
    }

    String text() {
        return text;
    }

    int index() {
        return index;
    }

    boolean isAtEnd() {
        return index >= text.length();
    }

    /** The name of the next attribute, or NUL at the end. */
    char peek() {
        return isAtEnd() ? 0 : text.charAt(index);
    }

    /** Reads up to the next comma and steps over it. */
    String nextField() {
        if (isAtEnd()) {
            throw violation("ends too early");
        }
        int comma = text.indexOf(',', index);
        int end = comma < 0 ? text.length() : comma;
        String field = text.substring(index, end);
        index = comma < 0 ? text.length() : comma + 1;
        return field;
    }

    String nextAttribute(char attribute) {
        if (peek() == 'm') {
            throw violation("asks for an extension that is not supported");
        }
        String field = nextField();
        if (field.length() < 2 || field.charAt(0) != attribute || field.charAt(1) != '=') {
            throw violation("lacks the attribute '" + attribute + "'");
        }
        return field.substring(2);
    }

    byte[] nextBase64(char attribute) {
        String value = nextAttribute(attribute);
        try {
            return Base64.getDecoder().decode(value);
        } catch (IllegalArgumentException e) {
            throw violation("has an attribute '%s' that is not base64".formatted(attribute));
        }
    }

    ProtocolViolation violation(String problem) {
        return new ProtocolViolation(
                "malformed SCRAM %s of %d characters: it %s"
                        .formatted(name, text.length(), problem));
    }
}
