package io.shoestring.cli;

/** How a command ends. Part of what scripts rely on. */
public final class ExitCode {
    /** It is done, or all is well. */
    public static final int OK = 0;

    /** What was asked about is not well, or what was asked for was refused. */
    public static final int NOT_WELL = 1;

    /** The command was not understood. */
    public static final int USAGE = 2;

    /** The node was not reached. */
    public static final int NOT_REACHED = 3;

    private ExitCode() {}
}
