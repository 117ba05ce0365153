package io.shoestring.sandbox.bench;

/**
 * One contender under one load.
 *
 * @param cpuMicros of its processes, for each request
 * @param residentBytes of its processes, at the end
 */
record Lap(Outcome outcome, double cpuMicros, double residentBytes) {}
