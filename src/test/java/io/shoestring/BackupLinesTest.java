package io.shoestring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.BackupSource;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.node.Channel;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What goes over the wire comes out of it. */
class BackupLinesTest {
    private static final DatabaseName SHOP = new DatabaseName("shop");
    private static final MemberName A = new MemberName("a");
    private static final NodeName THERE = new NodeName("there");

    private final Wire wire = new Wire();
    private final Fixed fixed = new Fixed();
    private final BackupLines lines = new BackupLines(wire);

    @Test
    void aMemberOfThisMachineIsAskedWithoutTheWire() {
        lines.add(SHOP, A, fixed);
        assertThat(lines.find(SHOP, A, THERE)).isSameAs(fixed);
    }

    @Test
    void whatAnotherMachineGivesArrivesByteForByte() throws Exception {
        BackupSource remote = lines.find(SHOP, A, THERE);
        lines.add(SHOP, A, fixed);
        assertThat(remote.offer())
                .isEqualTo(new BackupSource.Offer(Optional.empty(), "10.11", 5, true, "0-1-2"));
        assertThat(remote.begin()).isEqualTo(42);
        BackupSource.Piece piece = remote.read(42, 7);
        assertThat(piece.bytes()).isEqualTo(Fixed.BYTES);
        assertThat(piece.last()).isTrue();
        assertThat(piece.failure()).hasValue("it broke");
        remote.end(42);
        assertThat(fixed.ended).isEqualTo(42);
    }

    @Test
    void whatIsRefusedThereIsARefusalHereAndALostWireIsNone() throws Exception {
        BackupSource remote = lines.find(SHOP, A, THERE);
        assertThatThrownBy(remote::begin)
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("no member a here");
        lines.add(SHOP, A, fixed);
        assertThatThrownBy(() -> remote.read(1, 0))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("no such copy");
        wire.handlers.clear();
        assertThatThrownBy(() -> remote.read(42, 0)).isInstanceOf(IOException.class);
    }

    private static final class Wire implements Channel {
        private final ConcurrentMap<String, Handler> handlers = new ConcurrentHashMap<>();

        @Override
        public String call(NodeName node, String path, String request, Duration atMost)
                throws IOException, InterruptedException {
            Handler handler = handlers.get(path);
            if (handler == null) {
                throw new IOException("it is gone");
            }
            return handler.answer(node, request);
        }

        @Override
        public void serve(String path, Handler handler) {
            handlers.put(path, handler);
        }
    }

    private static final class Fixed implements BackupSource {
        private static final byte[] BYTES = {0, -1, 127, -128, '"'};

        private long ended;

        @Override
        public Offer offer() {
            return new Offer(Optional.empty(), "10.11", 5, true, "0-1-2");
        }

        @Override
        public long begin() {
            return 42;
        }

        @Override
        public Piece read(long stream, long piece) throws DatabaseException {
            if (stream != 42) {
                throw new DatabaseException("There is no such copy.");
            }
            return new Piece(BYTES, piece == 7, Optional.of("it broke"));
        }

        @Override
        public void end(long stream) {
            ended = stream;
        }
    }
}
