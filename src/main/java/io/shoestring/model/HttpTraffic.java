package io.shoestring.model;

import java.util.List;

/**
 * The requests of one listener; the counts are since the process started.
 *
 * @param requests whose head was understood
 * @param rate of them in the last second
 * @param answers by the first digit of their status, 1 to 5, whoever gave them
 * @param own answers that no server gave
 * @param malformed requests that break the protocol or a limit (4xx, 5xx)
 * @param late requests that did not come in time (408)
 * @param denied requests that a rule of the listener refuses
 * @param unrouted requests that no route fits (404)
 * @param unavailable requests that no server took (503)
 * @param broken requests whose server broke off or was malformed (502, or the answer is cut off)
 * @param slow requests whose server did not answer in time (504)
 * @param clientAborts requests that their client gave up
 */
public record HttpTraffic(
        long requests,
        long rate,
        long mostRate,
        List<Long> answers,
        long own,
        long malformed,
        long late,
        long denied,
        long unrouted,
        long unavailable,
        long broken,
        long slow,
        long clientAborts) {
    public HttpTraffic {
        answers = List.copyOf(answers);
    }
}
