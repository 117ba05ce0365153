package io.shoestring.proxy.postgresql;

import io.shoestring.config.AccessConfig;
import io.shoestring.config.AccessConfig.Way;
import io.shoestring.config.PostgresListenerConfig;
import io.shoestring.config.PostgresListenerConfig.Authentication;
import io.shoestring.protocol.postgresql.ErrorFields;
import io.shoestring.protocol.postgresql.SqlState;

import java.net.InetAddress;

/** How a client has to prove who it is, by the listener's rules. */
final class Admission {
    private Admission() {}

    /**
     * The way for a client.
     *
     * @param encrypted whether it speaks TLS
     * @throws ClientLogin.LoginRefused if there is none
     */
    static Way of(
            PostgresListenerConfig listener,
            InetAddress address,
            PoolKey.Login login,
            boolean encrypted) {
        AccessConfig access = listener.access();
        if (access.rules().isEmpty()) {
            return access.authentication() == Authentication.TRUST ? Way.TRUST : Way.PASSWORD;
        }
        return access.rules().stream()
                .filter(rule -> rule.fits(address, login.user(), login.database(), encrypted))
                .findFirst()
                .map(AccessConfig.Rule::way)
                .filter(way -> way != Way.REFUSE)
                .orElseThrow(
                        () ->
                                new ClientLogin.LoginRefused(
                                        refused(listener, address, login, encrypted)));
    }

    private static ErrorFields refused(
            PostgresListenerConfig listener,
            InetAddress address,
            PoolKey.Login login,
            boolean encrypted) {
        return ErrorFields.fatal(
                        SqlState.INVALID_AUTHORIZATION_SPECIFICATION,
                        "no access rule of listener %s lets in host \"%s\", user \"%s\", database \"%s\", %s"
                                .formatted(
                                        listener.name(),
                                        address.getHostAddress(),
                                        login.user(),
                                        login.database(),
                                        encrypted ? "TLS" : "no encryption"))
                .withHint("'access' of the listener has the rules.");
    }
}
