package io.shoestring.control;

import static java.util.Objects.requireNonNull;

import io.shoestring.model.MemberSpec;

/** Who takes over. */
sealed interface Choice {
    /** This one may, and is the best. */
    record Chosen(MemberSpec member, String why) implements Choice {
        public Chosen {
            requireNonNull(member, "member is null");
            requireNonNull(why, "why is null");
        }
    }

    /** It depends on a look that is under way. */
    record Pending(String why) implements Choice {
        public Pending {
            requireNonNull(why, "why is null");
        }
    }

    /** Nobody may; a clause that says why. */
    record Nobody(String why) implements Choice {
        public Nobody {
            requireNonNull(why, "why is null");
        }
    }
}
