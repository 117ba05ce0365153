package io.shoestring.sandbox.fault;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.OptionalLong;

/**
 * What came of a fault.
 *
 * @param promise what was promised
 * @param kept whether all of it was kept
 * @param writerBackMs the longest time without an acknowledged write, in milliseconds
 * @param fenceMs after this many milliseconds the old primary refused writes; null: not asked for
 * @param lost transfers that a client was told to be committed and that are not there
 * @param duplicated transfers that are there more than once
 * @param note what else is worth knowing; why the promise was not kept
 */
public record FaultResult(
        String name,
        String engine,
        String promise,
        boolean kept,
        @JsonProperty("writer_back_ms") long writerBackMs,
        @JsonProperty("fence_ms") OptionalLong fenceMs,
        int lost,
        int duplicated,
        String note) {}
