package io.shoestring.health;

/**
 * How sure it is that a server is up: from 0 to {@code rise + fall - 1}; below {@code rise} it is
 * down. A success of a server that is down, or a failure of one that is up, is a step; the opposite
 * is a return to certainty. Not thread-safe.
 *
 * <p>At the start a server counts as up, but the first failure brings it down: better no server
 * than one that nobody has seen.
 */
final class HealthCounter {
    private final int rise;
    private final int fall;
    private int health;

    HealthCounter(int rise, int fall) {
        this.rise = rise;
        this.fall = fall;
        this.health = rise;
    }

    boolean isUp() {
        return health >= rise;
    }

    /** Whether further results of the same kind change nothing. */
    boolean isCertain() {
        return health == 0 || health == rise + fall - 1;
    }

    int health() {
        return health;
    }

    /** From outside: certain until the next result. */
    void become(boolean up) {
        health = up ? rise + fall - 1 : 0;
    }

    void passed() {
        health = isUp() || health + 1 == rise ? rise + fall - 1 : health + 1;
    }

    void failed() {
        health = health - 1 < rise && isUp() ? 0 : isUp() ? health - 1 : 0;
    }
}
