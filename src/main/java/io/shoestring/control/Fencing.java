package io.shoestring.control;

import io.shoestring.model.Action.Fence;
import io.shoestring.model.Lease;
import io.shoestring.model.MemberName;
import io.shoestring.model.MemberSpec;
import io.shoestring.model.MemberState;

import java.util.List;
import java.util.Optional;

/** INVARIANT: whoever takes writes without holding the lease is ended at once. */
final class Fencing {
    private Fencing() {}

    /** Members that take writes and may not. One of another cluster is left alone, and unused. */
    static List<Fence> strangers(View view) {
        Optional<MemberName> entitled = entitled(view);
        if (entitled.isEmpty()) {
            return List.of();
        }
        return view.others(entitled.get()).stream()
                .map(MemberSpec::name)
                .filter(name -> view.state(name).orElse(null) instanceof MemberState.Primary)
                .filter(name -> !view.foreign(name))
                .map(name -> fence(name, entitled.get()))
                .toList();
    }

    private static Fence fence(MemberName stranger, MemberName entitled) {
        return new Fence(
                stranger,
                stranger
                        + " takes writes but the lease is not its own ("
                        + entitled
                        + " is the primary): it is stopped by force.");
    }

    /**
     * The holder of the lease; while there is none, whoever had it last may go on for the moment.
     */
    private static Optional<MemberName> entitled(View view) {
        return view.seen().lease().map(Lease::holder).or(() -> view.record().primary());
    }
}
