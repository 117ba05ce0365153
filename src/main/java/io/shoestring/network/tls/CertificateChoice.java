package io.shoestring.network.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.Mapping;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Map;

/**
 * Which certificate a client is shown: the one with the name that it asks for (RFC 6066 section 3),
 * the wildcard that covers it, or the first one. Immutable.
 *
 * @param byName names in lower case, wildcards as {@code *.example.com}
 * @param byTickets by what each one's session tickets say
 */
record CertificateChoice(
        Map<String, SslContext> byName, SslContext otherwise, Map<String, SslContext> byTickets)
        implements Mapping<String, SslContext> {
    CertificateChoice {
        byName = Map.copyOf(byName);
        byTickets = Map.copyOf(byTickets);
    }

    @Override
    public SslContext map(@Nullable String asked) {
        if (asked == null) {
            return otherwise;
        }
        String name = asked.toLowerCase(Locale.ROOT);
        SslContext exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        int dot = name.indexOf('.');
        return dot < 0 ? otherwise : byName.getOrDefault("*" + name.substring(dot), otherwise);
    }
}
