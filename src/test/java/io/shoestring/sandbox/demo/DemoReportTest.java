package io.shoestring.sandbox.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.sandbox.bank.Ledger;
import io.shoestring.sandbox.bank.Verdict;
import io.shoestring.sandbox.demo.DemoReport.Moment;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;

class DemoReportTest {
    @Test
    void theObjectHasExactlyThePromisedFieldsInTheirOrder() {
        DemoReport report =
                report(OptionalLong.of(812), new Verdict(1_000, 1_001, 0, 0, 1, 0, true));

        assertThat(report.json())
                .isEqualTo(
                        "{\"acknowledged\":1000,\"found\":1001,\"lost\":0,\"duplicated\":0,"
                            + "\"unknown\":1,\"client_errors\":1,\"write_outage_ms\":812,"
                            + "\"switchover_pause_ms\":120,\"rejoined_ms\":4000,"
                            + "\"reads_on_replica_percent\":87.5,\"balances_ok\":true,\"events\":[{\"at_ms\":6000,\"what\":\"a"
                            + " \\\"quoted\\\" kill\"}]}");
        assertThat(report.good()).isTrue();
    }

    @Test
    void whatDidNotTakePlaceIsNullAndNotGood() {
        DemoReport report = report(OptionalLong.empty(), new Verdict(1, 1, 0, 0, 0, 0, true));

        assertThat(report.json()).contains("\"write_outage_ms\":null");
        assertThat(report.good()).isFalse();
    }

    @Test
    void aLossIsNotGood() {
        assertThat(report(OptionalLong.of(1), new Verdict(2, 1, 1, 0, 0, 0, true)).good())
                .isFalse();
    }

    private static DemoReport report(OptionalLong outage, Verdict verdict) {
        Ledger ledger = new Ledger();
        ledger.error("08006 connection lost");
        return new DemoReport(
                verdict,
                ledger.tally(),
                outage,
                OptionalLong.of(120),
                OptionalLong.of(4_000),
                87.5,
                List.of(new Moment(6_000, "a \"quoted\" kill")));
    }
}
