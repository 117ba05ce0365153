/**
 * What the doctor knows: immutable records, and the surveys that fill them from a server by SQL and
 * from this machine's files. Starting point: {@link io.shoestring.doctor.facts.Survey}.
 */
@NullMarked
package io.shoestring.doctor.facts;

import org.jspecify.annotations.NullMarked;
