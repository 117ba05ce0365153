package io.shoestring.model;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.OptionalLong;

/**
 * One backend as this node sees it; the counts are since the process started.
 *
 * @param balance the rule, as the file writes it
 * @param healthy whether every server that should be is in use
 * @param up whether somebody who comes now can be served
 * @param summary one sentence
 * @param queued clients that wait for a place
 * @param rate places taken in the last second
 * @param requests of all its servers together
 */
public record BackendStatus(
        String name,
        String balance,
        boolean healthy,
        boolean up,
        String summary,
        long queued,
        long mostQueued,
        long rate,
        long mostRate,
        List<ServerStatus> servers,
        RequestFigures requests) {
    public BackendStatus {
        requireNonNull(name, "name is null");
        requireNonNull(balance, "balance is null");
        requireNonNull(summary, "summary is null");
        servers = List.copyOf(servers);
        requireNonNull(requests, "requests is null");
    }

    /**
     * One server of it.
     *
     * @param state up, down, drain, maintenance, or unknown (its name has no address)
     * @param why the reason of the state, as a clause; may be empty
     * @param sinceSeconds how long it has been up or down
     * @param weight the share that it has now
     * @param connections places that are taken
     * @param limit of {@code connections}
     * @param sessions places that were ever taken
     * @param rate places taken in the last second
     * @param lastSeconds since a place was taken last
     * @param check the last check
     * @param requests from when a place was taken to the last byte of the answer; of TCP, where no
     *     answer is known, until the connection stood
     */
    public record ServerStatus(
            String name,
            String address,
            boolean backup,
            String state,
            String why,
            long sinceSeconds,
            long weight,
            long connections,
            long mostConnections,
            OptionalLong limit,
            long sessions,
            long rate,
            long mostRate,
            OptionalLong lastSeconds,
            Traffic traffic,
            CheckStatus check,
            RequestFigures requests) {
        public ServerStatus {
            requireNonNull(name, "name is null");
            requireNonNull(address, "address is null");
            requireNonNull(state, "state is null");
            requireNonNull(why, "why is null");
            requireNonNull(limit, "limit is null");
            requireNonNull(lastSeconds, "lastSeconds is null");
            requireNonNull(traffic, "traffic is null");
            requireNonNull(check, "check is null");
            requireNonNull(requests, "requests is null");
        }
    }

    /**
     * What went over one server, and what went wrong.
     *
     * @param answers over HTTP, by the first digit of their status, 1 to 5
     */
    public record Traffic(
            long bytesIn,
            long bytesOut,
            long connectErrors,
            long retries,
            long redispatches,
            long responseErrors,
            long clientAborts,
            long serverAborts,
            List<Long> answers) {
        public Traffic {
            answers = List.copyOf(answers);
        }

        /** HTTP requests that were answered. */
        public long requests() {
            return answers.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * The last check of one server.
     *
     * @param code HAProxy's, such as L4CON; {@code INI} before the first, empty if there are none
     * @param description HAProxy's words for the code
     * @param status the protocol's own code, such as HTTP's
     * @param text what was seen
     * @param secondsAgo empty before the first
     * @param failures failed checks while it was up
     * @param falls how often it went down
     * @param health from 0 to {@code rise + fall - 1}
     */
    public record CheckStatus(
            String code,
            String description,
            OptionalLong status,
            String text,
            long millis,
            OptionalLong secondsAgo,
            long failures,
            long falls,
            int health,
            int rise,
            int fall) {
        /** There are no checks. */
        public static final CheckStatus NONE =
                new CheckStatus(
                        "", "", OptionalLong.empty(), "", 0, OptionalLong.empty(), 0, 0, 0, 0, 0);

        public CheckStatus {
            requireNonNull(code, "code is null");
            requireNonNull(description, "description is null");
            requireNonNull(status, "status is null");
            requireNonNull(text, "text is null");
            requireNonNull(secondsAgo, "secondsAgo is null");
        }
    }
}
