package io.shoestring.config;

import static io.shoestring.config.Key.byDefault;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Value;

/** The part of {@link Keys} that is about the PROXY protocol. */
final class ProxyHeaderKeys {
    static final Value<IpNetwork> PROXY =
            required(
                    "<range>",
                    NetworkFormats.NETWORK,
                    "10.0.0.0/8",
                    "Addresses of proxies in front of this listener.");

    static final Items PROXIES =
            new Items(
                    "proxy-protocol-from",
                    new Need.Otherwise("no client speaks the PROXY protocol"),
                    "Whose connections begin with a header of the PROXY protocol, version 1 or 2,"
                            + " and are taken for those that it speaks for. A connection from there"
                            + " without a header is closed; from elsewhere, none is expected.",
                    PROXY);

    static final Value<BackendConfig.ProxyProtocol> SENT =
            byDefault(
                    "proxy-protocol",
                    Formats.choice(
                            "version of the PROXY protocol", BackendConfig.ProxyProtocol.class),
                    "none",
                    "none",
                    "Whether each connection to a server begins with a header that tells it the"
                            + " client's address, and of which version. Only for listeners with"
                            + " `protocol: tcp`; checks send one too.");

    private ProxyHeaderKeys() {}
}
