package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Timeline.Gap;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.Act.Kind;
import io.shoestring.sandbox.demo.DemoReport.Moment;
import io.shoestring.sandbox.demo.DemoReport.Part;

import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

class DemoReportTest {
    private static final Set<Kind> ON_ONE_MACHINE = EnumSet.of(Kind.SERVER_KILLED, Kind.SWITCHOVER);

    @Test
    void theObjectHasExactlyThePromisedFieldsInTheirOrder() {
        DemoReport report =
                report(
                        ON_ONE_MACHINE,
                        OptionalLong.of(4_000),
                        new Verdict(1_000, 1_001, 0, 0, 1, 0, true));

        assertThat(report.json())
                .isEqualTo(
                        "{\"acknowledged\":1000,\"found\":1001,\"lost\":0,\"duplicated\":0,"
                            + "\"unknown\":1,\"client_errors\":1,\"kills\":1,\"write_outage_ms\":812,"
                            + "\"switchover_pause_ms\":120,\"rejoined_ms\":4000,"
                            + "\"machine_loss_outage_ms\":null,\"machine_rejoined_ms\":null,"
                            + "\"link_loss_pause_ms\":null,"
                            + "\"reads_on_replica_percent\":87.5,\"balances_ok\":true,\"events\":[{\"at_ms\":6000,\"what\":\"a"
                            + " \\\"quoted\\\" kill\"}]}");
        assertThat(report.good()).isTrue();
    }

    @Test
    void whatDidNotTakePlaceIsNullAndNotGood() {
        DemoReport report =
                report(
                        EnumSet.allOf(Kind.class),
                        OptionalLong.of(1),
                        new Verdict(1, 1, 0, 0, 0, 0, true));

        assertThat(report.json()).contains("\"link_loss_pause_ms\":null");
        assertThat(report.good()).isFalse();
    }

    @Test
    void aLossIsNotGood() {
        assertThat(
                        report(
                                        ON_ONE_MACHINE,
                                        OptionalLong.of(1),
                                        new Verdict(2, 1, 1, 0, 0, 0, true))
                                .good())
                .isFalse();
    }

    @Test
    void whoDidNotComeBackIsNotGood() {
        Verdict verdict = new Verdict(1, 1, 0, 0, 0, 0, true);

        assertThat(report(ON_ONE_MACHINE, OptionalLong.empty(), verdict).good()).isFalse();
        assertThat(report(ON_ONE_MACHINE, OptionalLong.of(1), verdict).good()).isTrue();
    }

    private static DemoReport report(
            Set<Kind> planned, OptionalLong rejoinedMillis, Verdict verdict) {
        Ledger ledger = new Ledger();
        ledger.error("08006 connection lost");
        return new DemoReport(
                verdict,
                ledger.tally(),
                planned,
                List.of(
                        part(Kind.SERVER_KILLED, 812, rejoinedMillis),
                        part(Kind.SWITCHOVER, 120, OptionalLong.of(700))),
                87.5,
                List.of(new Moment(6_000, "a \"quoted\" kill")));
    }

    private static Part part(Kind kind, long gapMillis, OptionalLong recoveredMillis) {
        return new Part(new Act(kind, 0, 1, recoveredMillis), new Gap(0, gapMillis * 1_000_000));
    }
}
