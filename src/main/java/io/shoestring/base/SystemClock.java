package io.shoestring.base;

/** The machine's clock, opened when this class is first used. */
final class SystemClock {
    static final Clock INSTANCE = Clock.system();

    private SystemClock() {}
}
