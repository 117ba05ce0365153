package io.shoestring.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.DatabaseRecord;
import io.shoestring.model.Fenced;
import io.shoestring.model.MemberName;
import io.shoestring.model.PlannedSwitchover;
import io.shoestring.model.RollingRestart;
import io.shoestring.model.Switchover;

import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class RecordFormatTest {
    @Test
    void readsWhatItWrote() {
        DatabaseRecord initial = DatabaseRecord.initial();
        assertThat(RecordFormat.read(RecordFormat.write(initial))).isEqualTo(initial);
        DatabaseRecord full =
                new DatabaseRecord(
                        7,
                        Optional.of(new MemberName("a")),
                        Set.of(new MemberName("b"), new MemberName("c")),
                        true,
                        true,
                        Optional.of(
                                new Switchover(
                                        "s-3", new MemberName("b"), Switchover.Step.DRAIN, true)),
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        Optional.of(new Fenced(7, 12)),
                        Set.of(new MemberName("d")),
                        5,
                        Optional.of(
                                new PlannedSwitchover(
                                        "s-4",
                                        Optional.of(new MemberName("b")),
                                        Instant.parse("2026-11-23T03:00:00Z"))),
                        Optional.of(
                                new RollingRestart(
                                        "r-5",
                                        List.of(new MemberName("c"), new MemberName("a")),
                                        3,
                                        RollingRestart.Step.CATCH_UP)));
        assertThat(RecordFormat.read(RecordFormat.write(full))).isEqualTo(full);
    }

    @Test
    void isReadableForPeople() {
        DatabaseRecord kept = DatabaseRecord.initial().withSynchronous(Set.of(new MemberName("b")));
        assertThat(RecordFormat.write(kept)).contains("\"synchronous\":[\"b\"]");
    }

    @Test
    void readsWhatAnEarlierVersionWrote() {
        String earlier =
                RecordFormat.write(DatabaseRecord.initial())
                        .replace(
                                ",\"fenced\":null,\"offline\":[],\"timeline\":0,\"planned\":null"
                                        + ",\"restart\":null",
                                "")
                        .replace(
                                "\"switchover\":null",
                                "\"switchover\":{\"id\":\"s-1\",\"to\":\"b\",\"step\":\"DRAIN\"}");
        assertThat(earlier).doesNotContain("fenced").doesNotContain("planned");
        assertThat(RecordFormat.read(earlier))
                .isEqualTo(
                        DatabaseRecord.initial()
                                .withSwitchover(
                                        Optional.of(
                                                new Switchover(
                                                        "s-1",
                                                        new MemberName("b"),
                                                        Switchover.Step.DRAIN))));
    }

    @Test
    void ignoresWhatALaterVersionAdds() {
        String later =
                RecordFormat.write(DatabaseRecord.initial()).replaceFirst("\\{", "{\"x\":1,");
        assertThat(RecordFormat.read(later)).isEqualTo(DatabaseRecord.initial());
    }
}
