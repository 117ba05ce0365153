package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What we read of it is what PostgreSQL's own program reads. */
@Timeout(120)
class ControlFileTest {
    @Test
    void isReadAsPostgresReadsIt() throws Exception {
        Path programs = ProgramsFinder.newest();
        try (TestCluster cluster = new TestCluster("a", "b")) {
            DataDirectory a = new DataDirectory(cluster.data("a"));
            DataDirectory b = new DataDirectory(cluster.data("b"));
            assertSame(a, programs, "shut down");
            cluster.startPrimary("a", 1);
            assertSame(a, programs, "in production");
            cluster.followed("b", "a", 1);
            assertSame(b, programs, "in archive recovery");
            cluster.done(new Action.Stop(new MemberName("b"), "test"));
            assertSame(b, programs, "shut down in recovery");
            assertThat(ControlFile.read(b, programs).recoveryEnd().lsn().value()).isPositive();
        }
    }

    private static void assertSame(DataDirectory data, Path programs, String state)
            throws Exception {
        ControlFile ours = ControlFileBytes.read(data).orElseThrow();
        assertThat(ours).isEqualTo(ControlFile.byProgram(data, programs));
        assertThat(ours.state()).isEqualTo(state);
    }

    @Test
    void whatIsDamagedIsRefusedAndWhatIsOfALaterVersionIsLeftToItsProgram() throws Exception {
        byte[] sound = Files.readAllBytes(TestTemplate.data().resolve("global/pg_control"));
        assertThat(ControlFileBytes.parse(sound)).isPresent();

        byte[] damaged = sound.clone();
        damaged[40] ^= 1;
        assertThatThrownBy(() -> ControlFileBytes.parse(damaged))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("check sum");
        assertThatThrownBy(() -> ControlFileBytes.parse(new byte[100]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("100 bytes");

        byte[] later = sound.clone();
        ByteBuffer.wrap(later).order(ByteOrder.nativeOrder()).putInt(8, 9900);
        assertThat(ControlFileBytes.parse(later)).isEmpty();
    }
}
