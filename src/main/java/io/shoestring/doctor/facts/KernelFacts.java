package io.shoestring.doctor.facts;

import java.util.OptionalLong;

/**
 * The machine of a server, as the server's own process sees it in {@code /proc}. Empty where there
 * is no such file.
 *
 * @param overcommit {@code vm.overcommit_memory}: 0, 1 or 2
 * @param swapUsedBytes what of the memory is on a disk now
 * @param openFiles how many files each process of the server may open
 */
public record KernelFacts(
        OptionalLong memoryBytes,
        OptionalLong swapBytes,
        OptionalLong swapUsedBytes,
        OptionalLong overcommit,
        OptionalLong swappiness,
        OptionalLong openFiles) {}
