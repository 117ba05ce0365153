package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;

import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.util.List;

/** What of a client's transaction outlives its primary: keys of listeners of databases. */
final class ReplayKeys {
    static final Value<Boolean> TRANSACTIONS =
            byDefault(
                    "transactions",
                    Formats.YES_OR_NO,
                    "yes",
                    "yes",
                    "Whether an open transaction goes on, unseen by its client, when its primary is"
                            + " gone: its statements are run again on the next one, and only if"
                            + " every answer is the same as before. Otherwise it is rolled back,"
                            + " and the client is told so with SQLSTATE 40001.");

    static final Value<Boolean> COMMITS =
            byDefault(
                    "commits",
                    Formats.YES_OR_NO,
                    "yes",
                    "yes",
                    "Whether a COMMIT that was on its way is looked up on the next primary. Only if"
                        + " it is proven there is the client told COMMIT, only if it is proven"
                        + " absent is the transaction run again, else the client gets SQLSTATE"
                        + " 08007. A transaction that has written then carries one small record"
                        + " more in the server's log. Only with `transactions`; for MariaDB, only"
                        + " if the listener has a `database`.");

    static final Value<Integer> KILOBYTES =
            byDefault(
                    "kilobytes",
                    Formats.wholeNumber("number of kilobytes", 1, 65_536),
                    "64",
                    "64",
                    "What the requests of one transaction may take in memory. A longer transaction"
                            + " is not carried over.");

    static final Section REPLAY =
            new Section(
                    "replay",
                    "a replay",
                    new Need.Otherwise("its keys have their defaults"),
                    "What of a client's open transaction is carried over to the next primary.",
                    List.of(TRANSACTIONS, COMMITS, KILOBYTES));

    private ReplayKeys() {}

    static ReplayConfig build(Fields fields) {
        return new ReplayConfig(
                fields.sound(TRANSACTIONS), fields.sound(COMMITS), fields.sound(KILOBYTES));
    }
}
