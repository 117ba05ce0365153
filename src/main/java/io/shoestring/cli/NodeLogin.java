package io.shoestring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/** What a command shows to be let in. */
sealed interface NodeLogin {
    /** The value of the header {@code Authorization}. */
    String authorization();

    /** What was not accepted and what to do, to complete a sentence. */
    String refused();

    /** The token of the node, or of a user. */
    record Token(String value) implements NodeLogin {
        @Override
        public String authorization() {
            return "Bearer " + value;
        }

        @Override
        public String refused() {
            return "the token. Use the first line of its token file: --token-file FILE, or"
                    + " SHOESTRING_TOKEN.";
        }

        @Override
        public String toString() {
            return "Token[hidden]";
        }
    }

    /** A user's password. */
    record Password(String user, String value) implements NodeLogin {
        @Override
        public String authorization() {
            byte[] both = (user + ":" + value).getBytes(UTF_8);
            return "Basic " + Base64.getEncoder().encodeToString(both);
        }

        @Override
        public String refused() {
            return "the name " + user + " with this password.";
        }

        @Override
        public String toString() {
            return "Password[" + user + "]";
        }
    }
}
