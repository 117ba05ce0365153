package io.shoestring.consensus.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.base.Clock;
import io.shoestring.consensus.ControlStore;
import io.shoestring.consensus.StoreFaults;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

@EnabledIfSystemProperty(named = "consensus.faults", matches = "true")
class RatisFaultsTest extends StoreFaults {
    @TempDir private Path directory;

    /** Set by {@link #start}, before anything else. */
    @SuppressWarnings("NullAway.Init")
    private RatisNodes nodes;

    private List<String> names = List.of();

    @Override
    protected List<ControlStore> start() throws Exception {
        nodes = new RatisNodes(directory, Clock.system());
        nodes.timeout = Duration.ofMillis(2_500);
        nodes.form(3);
        names = nodes.names();
        nodes.leader();
        return names.stream().map(nodes::following).toList();
    }

    @Override
    protected String leader() {
        return nodes.leader();
    }

    @Override
    protected List<String> members() {
        return names;
    }

    @Override
    protected ControlStore storeOf(String member) {
        return nodes.store(member);
    }

    @Override
    protected void kill(String member) {
        nodes.stop(member);
    }

    @Override
    protected void restart(String member) throws Exception {
        nodes.restart(member);
    }

    @Override
    protected String nameIn(String sentence, String member) {
        return member + " (127.0.0.1:";
    }

    @AfterEach
    @Override
    protected void stop() throws Exception {
        nodes.close();
    }

    @Test
    void aLeaderThatIsCutOffGrantsNothingWhileTheOthersGoOn() throws Exception {
        start();
        String leader = leader();
        nodes.cut(leader, true, true);
        goOnWithout(leader);
    }

    @Test
    void aLeaderThatIsHeardByNobodyGrantsNothingWhileTheOthersGoOn() throws Exception {
        start();
        String leader = leader();
        nodes.cut(leader, true, false);
        goOnWithout(leader);
    }

    private void goOnWithout(String leader) throws Exception {
        ControlStore other = storeOf(anotherThan(leader));
        ControlStore lost = storeOf(leader);
        awaitPut(other, "a", "1");
        failure(() -> lost.grant("r", "cut-off", D));
        assertThat(other.grant("r", "other", D)).isPresent();
        failure(() -> lost.get("a"));
        nodes.heal();
        awaitValue(lost, "a", "1");
    }
}
