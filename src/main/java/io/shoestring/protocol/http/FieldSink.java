package io.shoestring.protocol.http;

/** Is told of header fields, one after the other. */
@FunctionalInterface
public interface FieldSink {
    /** The name and the value are pieces of {@code bytes}, which holds only for this call. */
    void field(byte[] bytes, int nameFrom, int nameTo, int valueFrom, int valueTo);
}
