package io.shoestring.proxy.mysql;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Consumer;

/** Where the proxy learns what passwords the servers have stored for a user. */
@FunctionalInterface
public interface PasswordSource {
    /**
     * Looks a user up without blocking the caller; {@code answer} is called once, on any thread.
     */
    void find(String user, Consumer<Answer> answer);

    /**
     * What is stored for the user at one host.
     *
     * @param method of authentication; empty: the oldest one
     */
    record Stored(String method, String text) {
        public Stored {
            requireNonNull(method, "method is null");
            requireNonNull(text, "text is null");
        }

        @Override
        public String toString() {
            return "Stored[" + method + "]";
        }
    }

    /** What was found. */
    sealed interface Answer {
        /** For each host one; none: there is no such user. */
        record Found(List<Stored> passwords) implements Answer {
            public Found {
                passwords = List.copyOf(passwords);
            }
        }

        /** Nobody could be asked; why, in a clause. */
        record Unavailable(String why) implements Answer {}
    }
}
