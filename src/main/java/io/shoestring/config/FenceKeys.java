package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.time.Duration;
import java.util.List;

/** The keys of {@code cluster.fence}; a part of {@link Keys}. */
final class FenceKeys {
    static final Value<String> WORD =
            required(
                    "<word>",
                    CheckFormats.TEXT,
                    "/etc/shoestring/fence",
                    "The program, or one of its arguments.");

    static final Items COMMAND =
            new Items(
                    "command",
                    new Need.Required(),
                    "The program that switches a machine off, by its whole path, and its arguments:"
                        + " `{node}` stands for the name of the node whose machine is to be off,"
                        + " `{address}` for its address; both are also in the environment, as"
                        + " `SHOESTRING_NODE` and `SHOESTRING_ADDRESS`. It must end with exit"
                        + " status 0 only if the machine is certainly off, also if it was before."
                        + " Run without a shell, by the node that decides.",
                    WORD);

    static final Value<Duration> TIMEOUT =
            byDefault(
                    "timeout",
                    Formats.DURATION_TEXT,
                    "20s",
                    "20s",
                    "After this the program is killed, and counts as failed.");

    static final Section FENCE =
            new Section(
                    "fence",
                    "the fence",
                    new Need.Otherwise(
                            "none: from a primary whose machine does not answer somebody takes over"
                                    + " when its lease has ended"),
                    "How the machine of a primary is switched off that does not answer, so that its"
                            + " lease need not be waited for.",
                    List.of(COMMAND, TIMEOUT));

    private FenceKeys() {}
}
