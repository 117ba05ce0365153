package io.shoestring.network.tls;

import io.shoestring.base.Published;

/**
 * What the TLS of this node's listeners has in common with that of the other balancers: the secrets
 * of session tickets, and certificates that an authority has issued to the cluster. Whoever learns
 * of newer ones publishes them here; doors take them up. Thread-safe.
 *
 * @param tickets secrets that change now and then
 * @param issued certificates that are renewed
 */
public record SharedTls(Published<TicketSecrets> tickets, Published<IssuedCertificates> issued) {
    /** What nobody else has. */
    public static SharedTls alone() {
        return new SharedTls(
                new Published<>(TicketSecrets.random()), new Published<>(IssuedCertificates.NONE));
    }
}
