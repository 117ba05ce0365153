package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.model.Delay;
import io.shoestring.model.Endpoint;
import io.shoestring.model.MemberName;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

class SettingsTest {
    @Test
    void oneNameIsFirstAndMoreAreAny() {
        assertThat(SynchronousNames.render(Set.of())).isEmpty();
        assertThat(SynchronousNames.render(names("b"))).isEqualTo("FIRST 1 (\"b\")");
        assertThat(SynchronousNames.render(names("b", "a"))).isEqualTo("ANY 1 (\"a\",\"b\")");
    }

    @Test
    void everyFormOfTheSettingIsReadBack() {
        assertThat(SynchronousNames.parse("")).isEmpty();
        assertThat(SynchronousNames.parse("FIRST 1 (\"b\")")).isEqualTo(names("b"));
        assertThat(SynchronousNames.parse(" any  2 (a, \"B-2\" ,c)"))
                .isEqualTo(names("a", "B-2", "c"));
        assertThat(SynchronousNames.parse("2 (a, b)")).isEqualTo(names("a", "b"));
        assertThat(SynchronousNames.parse("a, b")).isEqualTo(names("a", "b"));
        assertThat(SynchronousNames.parse("\"with \"\"quotes\"\", (and more)\""))
                .isEqualTo(names("with \"quotes\", (and more)"));
        Set<MemberName> odd = names("a b", "x\"y", "1");
        assertThat(SynchronousNames.parse(SynchronousNames.render(odd))).isEqualTo(odd);
    }

    @Test
    void aConnectionStringIsReadBack() {
        Map<String, String> values = Map.of("host", "10.0.0.1", "password", "a'b\\c d", "x", "");
        assertThat(ConnectionInfo.parse(ConnectionInfo.render(values))).isEqualTo(values);
        assertThat(ConnectionInfo.upstream("user=x host = db0 port=5433"))
                .contains(new Endpoint("db0", 5433));
        assertThat(ConnectionInfo.upstream("host=db0")).contains(new Endpoint("db0", 5432));
        assertThat(ConnectionInfo.upstream("")).isEmpty();
    }

    @Test
    void valuesAreQuotedForTheFile() {
        Settings settings =
                Settings.ofReplica(
                        new MemberName("b"),
                        5434,
                        7,
                        new Settings.Upstream(new Endpoint("10.0.0.1", 5432), "o'brien", "/data/x"),
                        Optional.of(new Delay(5400)));

        assertThat(settings.render(16))
                .contains("shoestring.epoch = '7'\n")
                .contains("port = '5434'\n")
                .contains("recovery_min_apply_delay = '90min'\n")
                .contains("primary_slot_name = 'shoestring_b'\n")
                .contains("synchronous_standby_names = ''\n")
                .contains("user=''o\\\\''brien''")
                .contains("application_name=''b''")
                .contains("dbname=''postgres''")
                .doesNotContain("synchronized_standby_slots");
    }

    @Test
    void slotNamesAreDifferentAndAllowed() {
        assertThat(SlotName.of(new MemberName("db1"))).isEqualTo("shoestring_db1");
        assertThat(SlotName.of(new MemberName("a-b")))
                .isNotEqualTo(SlotName.of(new MemberName("a_b")))
                .isNotEqualTo(SlotName.of(new MemberName("A_b")))
                .matches("[a-z0-9_]{1,63}");
        assertThat(SlotName.of(new MemberName("x".repeat(200)))).matches("[a-z0-9_]{1,63}");
    }

    @Test
    void onlyComplaintsAboutTheDataAreACloneCanMend() {
        assertThat(StartupComplaint.isEnvironment(java.util.List.of("FATAL: could not bind IPv4")))
                .isTrue();
        assertThat(
                        StartupComplaint.isEnvironment(
                                java.util.List.of(
                                        "FATAL:  requested timeline 2 is not a child of this"
                                                + " server's history")))
                .isFalse();
    }

    private static Set<MemberName> names(String... names) {
        return TestCluster.memberNames(names);
    }

    @Test
    void thereIsNoUpstreamInAPrimarysFile() {
        Settings settings = Settings.ofPrimary(new MemberName("a"), 1, 1, names("b"));
        assertThat(settings.upstream()).isEqualTo(Optional.empty());
        assertThat(settings.render(16))
                .contains("primary_conninfo = ''\n")
                .contains("synchronous_standby_names = 'FIRST 1 (\"b\")'\n");
    }

    @Test
    void aSubscriberNeverHasWhatThoseLackForWhomCommitsWait() {
        assertThat(Settings.ofPrimary(new MemberName("a"), 1, 1, names("c", "b")).render(17))
                .contains("synchronized_standby_slots = 'shoestring_b, shoestring_c'\n");
    }
}
