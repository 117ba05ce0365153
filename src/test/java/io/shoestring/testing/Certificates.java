package io.shoestring.testing;

import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.List;

/** An authority of OpenSSL's, and certificates that it signed. */
public final class Certificates {
    private final Path directory;

    /** Makes the authority: {@code ca.pem} in that directory. */
    public Certificates(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                        + " -subj /CN=authority -keyout ca.key -out ca.pem");
    }

    /** The authority's certificate. */
    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /**
     * A certificate and its key in one file.
     *
     * @param file its name without {@code .pem}
     * @param names that it is good for, separated by commas
     * @param key as {@code openssl req -newkey} knows it
     */
    public Path sign(String file, String names, String key) throws IOException {
        String first = names.split(",", -1)[0];
        Files.writeString(
                directory.resolve(file + ".ext"),
                "subjectAltName=DNS:" + names.replace(",", ",DNS:") + ",IP:127.0.0.1\n");
        run(
                "openssl req -newkey %s -nodes -subj /CN=%s -keyout %s.key -out %s.csr"
                        .formatted(key, first, file, file));
        run(
                "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile %s.ext -out %s.crt"
                        .formatted(file, file, file));
        Path both = directory.resolve(file + ".pem");
        Files.writeString(
                both,
                Files.readString(directory.resolve(file + ".crt"))
                        + Files.readString(directory.resolve(file + ".key")));
        return both;
    }

    /** As {@link #sign(String, String, String)}, with a key on the usual curve. */
    public Path sign(String file, String names) throws IOException {
        return sign(file, names, "ec -pkeyopt ec_paramgen_curve:P-256");
    }

    /**
     * A certificate whose names OpenSSL would refuse to write, and its key in one file.
     *
     * @param names whatever stands in them
     */
    public Path signVerbatim(String file, List<String> names) throws IOException {
        sign(file, "placeholder");
        var both = new StringWriter();
        try (var authority = new PEMParser(Files.newBufferedReader(authority()));
                var ca = new PEMParser(Files.newBufferedReader(directory.resolve("ca.key")));
                var old = new PEMParser(Files.newBufferedReader(directory.resolve(file + ".crt")));
                var pem = new JcaPEMWriter(both)) {
            var issuer = (X509CertificateHolder) authority.readObject();
            var subject = (X509CertificateHolder) old.readObject();
            PrivateKey key =
                    new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) ca.readObject());
            var builder =
                    new X509v3CertificateBuilder(
                            issuer.getSubject(),
                            subject.getSerialNumber().add(BigInteger.ONE),
                            subject.getNotBefore(),
                            subject.getNotAfter(),
                            subject.getSubject(),
                            subject.getSubjectPublicKeyInfo());
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(
                            names.stream()
                                    .map(name -> new GeneralName(GeneralName.dNSName, name))
                                    .toArray(GeneralName[]::new)));
            pem.writeObject(
                    builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
        } catch (OperatorCreationException e) {
            throw new IOException(e);
        }
        Path path = directory.resolve(file + ".pem");
        Files.writeString(directory.resolve(file + ".crt"), both.toString());
        Files.writeString(path, both + Files.readString(directory.resolve(file + ".key")));
        return path;
    }

    private void run(String command) {
        Program.run(directory, List.of(command.split(" ", -1))).sound();
    }
}
