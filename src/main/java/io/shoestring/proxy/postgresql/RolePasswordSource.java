package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.DatabaseName;

import java.util.function.Consumer;

/** Where the proxy learns what password the database has stored for a role. */
@FunctionalInterface
public interface RolePasswordSource {
    /**
     * Looks a role up without blocking the caller; {@code answer} is called once, on any thread.
     */
    void find(DatabaseName database, String role, Consumer<Answer> answer);

    /** What was found. */
    sealed interface Answer {
        /** The stored form: {@code SCRAM-SHA-256$…} or {@code md5…}. */
        record Stored(String password) implements Answer {
            public Stored {
                requireNonNull(password, "password is null");
            }

            @Override
            public String toString() {
                return "Stored[hidden]";
            }
        }

        /**
         * There is no such role, or it has no password or may not log in: to the client all the
         * same.
         */
        record None() implements Answer {}

        /** Nobody could be asked. */
        record Unavailable(String sentence) implements Answer {
            public Unavailable {
                requireNonNull(sentence, "sentence is null");
            }
        }
    }
}
