package io.shoestring.admin;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * A request that was let in.
 *
 * @param visitor who asks
 * @param variables what stands in the path in the place of the route's names
 */
record Call(Request request, Visitor visitor, Map<String, String> variables) {
    Call {
        requireNonNull(request, "request is null");
        requireNonNull(visitor, "visitor is null");
        variables = Map.copyOf(variables);
    }

    /** What stands in the path; the route has that name. */
    String variable(String name) {
        return requireNonNull(variables.get(name), "the route has no such variable");
    }

    /** Who asks, for sentences: his name, or what he says that it is, and where he is. */
    String who() {
        String address = request.remote().getHostAddress();
        String name =
                visitor.name().isEmpty()
                        ? request.parameter("who").orElse("").strip()
                        : visitor.name();
        return name.isEmpty() ? address : name + " at " + address;
    }
}
