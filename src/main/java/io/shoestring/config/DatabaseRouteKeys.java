package io.shoestring.config;

import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;
import io.shoestring.model.DatabaseName;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** The part of {@link Keys} that is about PostgreSQL listeners before several databases. */
final class DatabaseRouteKeys {
    private static final Value<String> USER =
            required("<user>", Formats.ROLE, "reporting", "A role.");

    private static final Items USERS =
            new Items(
                    "users",
                    new Need.Otherwise("every user"),
                    "The role as which it logs in: one of these.",
                    USER);

    private static final Value<String> ASKED =
            required("<database>", Formats.ROLE, "stock", "A database of a server.");

    private static final Items DATABASES =
            new Items(
                    "databases",
                    new Need.Otherwise("every database"),
                    "The database that it asks for: one of these.",
                    ASKED);

    static final Value<String> TO =
            required(
                    "to",
                    Formats.NAME,
                    "shop",
                    "The database that such clients are led to; one of `databases` at the top of"
                            + " the file.");

    private static final Value<String> AS =
            optional(
                    "as",
                    Formats.ROLE,
                    "the same",
                    "stock2",
                    "The name by which the servers know the database that the client asked for.");

    private static final Section ROUTE =
            new Section(
                    "<route>",
                    "a route",
                    new Need.Required(),
                    "Which clients are led elsewhere: those that log in as one of `users` and ask"
                            + " for one of `databases`. At least one of the two has to be said.",
                    List.of(USERS, DATABASES, TO, AS));

    static final Items ROUTES =
            new Items(
                    "routes",
                    new Need.Otherwise("all clients are led to `database`"),
                    "By which user or database a client is led to another one of `databases`; the"
                            + " first that fits decides.",
                    ROUTE);

    private DatabaseRouteKeys() {}

    static List<DatabaseRoute> build(Fields listener, Fields all, UnaryOperator<Path> resolve) {
        Fields routes = listener.items(ROUTES);
        return routes.names().stream()
                .map(routes::child)
                .map(
                        route -> {
                            String to = route.sound(TO);
                            return new DatabaseRoute(
                                    route.values(USERS, USER),
                                    route.values(DATABASES, ASKED),
                                    new DatabaseName(to),
                                    ServerTlsKeys.build(all.child(to), resolve),
                                    route.value(AS).map(Placed::value));
                        })
                .toList();
    }

    /** Who is meant by a route, as far as it is written. */
    private record Who(Set<String> users, Set<String> databases) {
        static Who of(Fields route) {
            return new Who(
                    new HashSet<>(route.values(USERS, USER)),
                    new HashSet<>(route.values(DATABASES, ASKED)));
        }

        /** Nobody whom the other one is for would come to it. */
        boolean covers(Who other) {
            return covers(users, other.users) && covers(databases, other.databases);
        }

        private static boolean covers(Set<String> all, Set<String> some) {
            return all.isEmpty() || (!some.isEmpty() && all.containsAll(some));
        }
    }

    /** A route leads to a database that there is, is for some, and is reached. */
    static void check(Fields listener, References databases, Problems problems) {
        Fields routes = listener.items(ROUTES);
        List<Who> earlier = new ArrayList<>();
        for (String each : routes.names()) {
            Fields route = routes.child(each);
            route.value(TO).ifPresent(databases::check);
            if (!route.names().contains(USERS.name())
                    && !route.names().contains(DATABASES.name())) {
                problems.add(
                        route.spot(),
                        "is for every client; expected 'users' or 'databases'",
                        Optional.of("whom no route is for is led to the listener's 'database'"));
                continue;
            }
            Who who = Who.of(route);
            if (earlier.stream().anyMatch(one -> one.covers(who))) {
                problems.add(
                        route.spot(),
                        "is never taken: an earlier route is for the same clients",
                        Optional.of("put it before that one, or take it away"));
            }
            earlier.add(who);
        }
    }
}
