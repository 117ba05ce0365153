/**
 * What is misconfigured, why that matters, and the command that mends it. Facts are gathered first
 * ({@code facts}); each check is a pure function of them. Starting points: {@link
 * io.shoestring.doctor.Doctor}, and {@link io.shoestring.doctor.Checks}, the table of all checks.
 */
@NullMarked
package io.shoestring.doctor;

import org.jspecify.annotations.NullMarked;
