package io.shoestring.config;

import static io.shoestring.config.Key.optional;
import static io.shoestring.config.Key.required;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Value;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** The keys of {@code consensus}; a part of {@link Keys}. */
final class ConsensusKeys {
    static final Value<URI> ETCD_URL =
            required(
                    "<url>",
                    Formats.URL,
                    "http://10.0.0.20:2379",
                    "The address where a member of the etcd listens for clients.");

    static final Items ETCD =
            new Items(
                    "etcd",
                    new Need.Otherwise("none: the node keeps the memory itself"),
                    "The members of an etcd (version 3.4 or newer) that keeps the memory; they are"
                            + " tried in turn. Everything is under `shoestring/<cluster.name>/`.",
                    ETCD_URL);

    static final Value<String> ETCD_USER =
            optional(
                    "user",
                    Formats.USER,
                    "none: the etcd lets everybody in",
                    "shoestring",
                    "The user of the etcd that may read and write there.");

    static final Value<Path> ETCD_PASSWORD_FILE =
            optional(
                    "password-file",
                    Formats.PATH,
                    "none, as there is no `user`",
                    "/etc/shoestring/etcd.password",
                    "The file whose first line is the user's password.");

    static final Value<Path> ETCD_CA_FILE =
            optional(
                    "ca-file",
                    Formats.PATH,
                    "those that the Java machine knows",
                    "/etc/shoestring/etcd-ca.pem",
                    "The certificates (PEM) by which those of the etcd must be signed, for"
                            + " `https`.");

    static final Value<Path> ETCD_CERTIFICATE_FILE =
            optional(
                    "certificate-file",
                    Formats.PATH,
                    "none",
                    "/etc/shoestring/etcd-client.pem",
                    "The node's own certificate (PEM), if the etcd wants one.");

    static final Value<Path> ETCD_KEY_FILE =
            optional(
                    "key-file",
                    Formats.PATH,
                    "none, as there is no `certificate-file`",
                    "/etc/shoestring/etcd-client.key",
                    "The private key of that certificate (PEM, PKCS #8).");

    static final Section CONSENSUS =
            new Section(
                    "consensus",
                    "the consensus",
                    new Need.Otherwise(
                            "the node keeps the memory itself, in `cluster.directory`, as the only"
                                    + " voter"),
                    "Where the cluster's memory is: who may write, and until when.",
                    List.of(
                            ETCD,
                            ETCD_USER,
                            ETCD_PASSWORD_FILE,
                            ETCD_CA_FILE,
                            ETCD_CERTIFICATE_FILE,
                            ETCD_KEY_FILE));

    private ConsensusKeys() {}
}
