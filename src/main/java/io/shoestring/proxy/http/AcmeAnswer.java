package io.shoestring.proxy.http;

import io.shoestring.network.tls.IssuedCertificates;
import io.shoestring.network.tls.SharedTls;
import io.shoestring.protocol.http.RequestHead;

import java.util.Optional;

/**
 * What an authority is answered that asks whether a name leads here (RFC 8555 section 8.3). It
 * comes before everything that a listener has in store for its clients: redirects above all.
 */
final class AcmeAnswer {
    private static final String PLACE = "/.well-known/acme-challenge/";

    private AcmeAnswer() {}

    /** Empty if that is another request, which is most of them. */
    static Optional<String> find(RequestHead asked, SharedTls shared) {
        IssuedCertificates issued = shared.issued().get();
        if (issued.names().isEmpty()) {
            return Optional.empty();
        }
        String path = asked.path();
        return path.startsWith(PLACE)
                ? issued.answer(asked.host(), path.substring(PLACE.length()))
                : Optional.empty();
    }
}
