package io.shoestring.cluster.channel;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;

/**
 * The first frame from the side that accepted a connection: it takes calls now. Until then a
 * refusal may still come, also one of TLS.
 */
record Greeting(int version) {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final int VERSION = 1;

    static Frame frame() {
        String text = MAPPER.writeValueAsString(new Greeting(VERSION));
        return new Frame(Frame.Kind.GREETING, 0, "", text.getBytes(StandardCharsets.UTF_8));
    }

    static void check(Frame frame) throws PeerException {
        if (frame.kind() != Frame.Kind.GREETING) {
            throw new PeerException(
                    PeerException.Outcome.NOT_SENT,
                    frame.kind() == Frame.Kind.REFUSED
                            ? "it refused this node: " + frame.text()
                            : "it does not greet");
        }
        try {
            Greeting greeting = MAPPER.readValue(frame.text(), Greeting.class);
            if (greeting.version != VERSION) {
                throw new PeerException(
                        PeerException.Outcome.NOT_SENT,
                        "it speaks version %d of the node channel, this node speaks %d; give both machines the same version of Shoestring"
                                .formatted(greeting.version, VERSION));
            }
        } catch (JacksonException e) {
            throw new PeerException(PeerException.Outcome.NOT_SENT, "its greeting cannot be read");
        }
    }
}
