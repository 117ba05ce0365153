package io.shoestring.monitoring.digest;

/** Whose rules tell a string from a name, and a comment from code. */
public enum Dialect {
    /** {@code "x"} is a name; a backslash is special only in {@code E'...'}; comments nest. */
    POSTGRESQL,

    /** {@code "x"} is a string; a backslash is special; {@code /*! ... *}{@code /} is code. */
    MYSQL
}
