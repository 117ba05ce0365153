package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.mysql.BackupSource;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberName;
import io.shoestring.model.NodeName;
import io.shoestring.node.Channel;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The ways to the members of MariaDB databases whose data is to be copied: those of this machine by
 * a call, the others over the nodes' channel, in pieces far smaller than what may go over it at
 * once, so that nobody's questions wait behind them for long.
 */
final class BackupLines {
    private static final String PATH = "/mariadb/backup";

    /** A piece is waited for there for four seconds, and may take some on a slow line. */
    private static final Duration AT_MOST = Duration.ofSeconds(15);

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Channel channel;
    private final Map<Member, BackupSource> here = new ConcurrentHashMap<>();

    private record Member(String database, String name) {}

    private enum Verb {
        OFFER,
        BEGIN,
        READ,
        END
    }

    private record Question(String database, String member, Verb verb, long stream, long piece) {}

    /** Of one kind each: what is not said is null on the wire. */
    private record Answer(
            Optional<String> refusal,
            Optional<BackupSource.Offer> offer,
            long stream,
            String base64,
            boolean last,
            Optional<String> failure) {
        static Answer of(BackupSource.Offer offer) {
            return new Answer(Optional.empty(), Optional.of(offer), 0, "", false, Optional.empty());
        }

        static Answer of(BackupSource.Piece piece) {
            return new Answer(
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    packed(piece.bytes()),
                    piece.last(),
                    piece.failure());
        }

        static Answer begun(long stream) {
            return new Answer(
                    Optional.empty(), Optional.empty(), stream, "", false, Optional.empty());
        }

        static Answer refused(String sentence) {
            return new Answer(
                    Optional.of(sentence), Optional.empty(), 0, "", false, Optional.empty());
        }
    }

    /** Begins to answer; until the channel is closed. */
    BackupLines(Channel channel) {
        this.channel = requireNonNull(channel, "channel is null");
        channel.serve(PATH, (_, request) -> answer(request));
    }

    /** A member of this machine. */
    void add(DatabaseName database, MemberName member, BackupSource source) {
        here.put(new Member(database.value(), member.value()), source);
    }

    /** The way to a member that is on that node. */
    BackupSource find(DatabaseName database, MemberName member, NodeName node) {
        Member wanted = new Member(database.value(), member.value());
        return Optional.ofNullable(here.get(wanted)).orElseGet(() -> new Remote(node, wanted));
    }

    /** Compressed: a database's files are full of zeros, those of a new one most of all. */
    private static String packed(byte[] bytes) {
        var packed = new ByteArrayOutputStream();
        try (Deflater fast = new Deflater(Deflater.BEST_SPEED);
                var out = new DeflaterOutputStream(packed, fast)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(packed.toByteArray());
    }

    private static byte[] unpacked(String base64) throws IOException {
        byte[] packed = Base64.getDecoder().decode(base64);
        try (var in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    private String answer(String request) throws InterruptedException {
        try {
            Question question = MAPPER.readValue(request, Question.class);
            Member member = new Member(question.database(), question.member());
            Optional<BackupSource> source = Optional.ofNullable(here.get(member));
            return MAPPER.writeValueAsString(
                    source.isPresent()
                            ? done(source.get(), question)
                            : Answer.refused("There is no member " + member.name() + " here."));
        } catch (JacksonException e) {
            return MAPPER.writeValueAsString(
                    Answer.refused("It cannot read the question: " + e.getOriginalMessage()));
        }
    }

    private static Answer done(BackupSource source, Question question) throws InterruptedException {
        try {
            return switch (question.verb()) {
                case OFFER -> Answer.of(source.offer());
                case BEGIN -> Answer.begun(source.begin());
                case READ -> Answer.of(source.read(question.stream(), question.piece()));
                case END -> {
                    source.end(question.stream());
                    yield Answer.begun(question.stream());
                }
            };
        } catch (DatabaseException e) {
            return Answer.refused(e.sentence());
        } catch (IOException e) {
            return Answer.refused(String.valueOf(e.getMessage()));
        }
    }

    private final class Remote implements BackupSource {
        private final NodeName node;
        private final Member member;

        Remote(NodeName node, Member member) {
            this.node = node;
            this.member = member;
        }

        @Override
        public Offer offer() throws IOException, InterruptedException {
            try {
                return ask(Verb.OFFER, 0, 0)
                        .offer()
                        .orElseThrow(() -> new IOException(node + " answered without an offer"));
            } catch (DatabaseException e) {
                throw new IOException(e.sentence(), e);
            }
        }

        @Override
        public long begin() throws IOException, InterruptedException, DatabaseException {
            return ask(Verb.BEGIN, 0, 0).stream();
        }

        @Override
        public Piece read(long stream, long piece)
                throws IOException, InterruptedException, DatabaseException {
            Answer answer = ask(Verb.READ, stream, piece);
            return new Piece(unpacked(answer.base64()), answer.last(), answer.failure());
        }

        @Override
        public void end(long stream) throws IOException, InterruptedException {
            try {
                ask(Verb.END, stream, 0);
            } catch (DatabaseException e) {
                throw new IOException(e.sentence(), e);
            }
        }

        private Answer ask(Verb verb, long stream, long piece)
                throws IOException, InterruptedException, DatabaseException {
            Question question = new Question(member.database(), member.name(), verb, stream, piece);
            String said = channel.call(node, PATH, MAPPER.writeValueAsString(question), AT_MOST);
            try {
                Answer answer = MAPPER.readValue(said, Answer.class);
                if (answer.refusal().isPresent()) {
                    throw new DatabaseException(answer.refusal().get());
                }
                return answer;
            } catch (JacksonException e) {
                throw new IOException(node + " answered something else", e);
            }
        }
    }
}
