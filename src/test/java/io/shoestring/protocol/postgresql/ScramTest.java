package io.shoestring.protocol.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.shoestring.protocol.postgresql.ScramServer.Accepted;
import io.shoestring.protocol.postgresql.ScramServer.Refused;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

@Timeout(30)
class ScramTest {
    // RFC 7677, section 3: user 'user', password 'pencil'.
    private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
    private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static final String CLIENT_FIRST = "n,,n=user,r=" + CLIENT_NONCE;
    private static final String SERVER_FIRST =
            "r=" + CLIENT_NONCE + SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    private static final String CLIENT_FINAL_WITHOUT_PROOF =
            "c=biws,r=" + CLIENT_NONCE + SERVER_NONCE;
    private static final String CLIENT_FINAL =
            CLIENT_FINAL_WITHOUT_PROOF + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private static final String SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] PROCESS_SECRET = {1, 2, 3, 4};

    @Test
    void answersAsTheServerOfRfc7677() {
        ScramServer server = rfcServer();
        assertThat(text(server.first(ScramServer.MECHANISM, bytes(CLIENT_FIRST))))
                .isEqualTo(SERVER_FIRST);
        var accepted = (Accepted) server.last(bytes(CLIENT_FINAL));
        assertThat(accepted.serverFinal()).isEqualTo(SERVER_FINAL);
        assertThat(accepted.serverFinalBytes()).isEqualTo(bytes(SERVER_FINAL));
        assertThat(verifier().accepts(accepted.keys())).isTrue();
    }

    private static ScramServer rfcServer() {
        return new ScramServer(verifier(), true, SERVER_NONCE, new byte[0]);
    }

    private static ScramVerifier verifier() {
        return ScramVerifier.of("pencil", 4096, SALT);
    }

    /** Like libpq it leaves the user's name out, so the proof differs from the RFC's. */
    @Test
    void answersAsTheClientOfRfc7677ButForTheName() {
        ScramClient client = ScramClient.ofPassword("pencil", CLIENT_NONCE);
        assertThat(text(client.first())).isEqualTo("n,,n=,r=" + CLIENT_NONCE);
        assertThat(text(client.last(SERVER_FIRST))).startsWith(CLIENT_FINAL_WITHOUT_PROOF + ",p=");
    }

    @Test
    void computesTheFunctionsOfRfc7677() {
        byte[] salted = ScramCrypto.saltedPassword(bytes("pencil"), SALT, 4096);
        ScramKeys keys = ScramClient.keys(salted);
        String authMessage =
                CLIENT_FIRST.substring(3) + "," + SERVER_FIRST + "," + CLIENT_FINAL_WITHOUT_PROOF;
        byte[] signature = ScramCrypto.hmac(ScramCrypto.hash(keys.clientKey()), authMessage);
        byte[] proof = ScramCrypto.xor(keys.clientKey(), signature);
        assertThat(CLIENT_FINAL).endsWith(Base64.getEncoder().encodeToString(proof));
    }

    @Test
    void letsTheRightPasswordInAndGivesKeysThatWorkElsewhere() {
        ScramServer server = ScramServer.of(verifier(), RANDOM);
        ScramClient client = ScramClient.ofPassword("pencil", RANDOM);
        Accepted accepted = (Accepted) exchange(client, server);
        client.verify(accepted.serverFinal());
        assertThat(client.isVerified()).isTrue();

        ScramClient again = ScramClient.ofKeys(accepted.keys(), RANDOM);
        Accepted second = (Accepted) exchange(again, ScramServer.of(verifier(), RANDOM));
        again.verify(second.serverFinal());
        assertThat(second.keys()).isEqualTo(accepted.keys());
        assertThat(accepted.keys()).hasSameHashCodeAs(second.keys());
    }

    private static ScramServer.Verdict exchange(ScramClient client, ScramServer server) {
        return server.last(client.last(text(server.first(ScramServer.MECHANISM, client.first()))));
    }

    @Test
    void refusesAWrongPassword() {
        ScramClient client = ScramClient.ofPassword("pencils", RANDOM);
        assertThat(exchange(client, ScramServer.of(verifier(), RANDOM))).isEqualTo(new Refused());
    }

    @Test
    void playsTheSameGameWithUnknownUsers() {
        String first = challenge("nobody", PROCESS_SECRET);
        assertThat(first).matches("r=c[^,]+,s=[A-Za-z0-9+/=]{24},i=4096");
        assertThat(salt(challenge("nobody", PROCESS_SECRET))).isEqualTo(salt(first));
        assertThat(salt(challenge("other", PROCESS_SECRET))).isNotEqualTo(salt(first));
        assertThat(salt(challenge("nobody", new byte[] {9}))).isNotEqualTo(salt(first));

        ScramServer server =
                ScramServer.ofUnknownUser("nobody", PROCESS_SECRET, RANDOM, new byte[0]);
        assertThat(exchange(ScramClient.ofPassword("x", RANDOM), server)).isEqualTo(new Refused());
    }

    private static String challenge(String user, byte[] secret) {
        ScramServer server = ScramServer.ofUnknownUser(user, secret, RANDOM, new byte[0]);
        return text(server.first(ScramServer.MECHANISM, bytes("n,,n=,r=c")));
    }

    private static String salt(String serverFirst) {
        return serverFirst.split(",", -1)[1];
    }

    /** Even whoever guesses the mock verifier's secret does not get in. */
    @Test
    void neverLetsAnUnknownUserIn() {
        var server = new ScramServer(verifier(), false, SERVER_NONCE, new byte[0]);
        server.first(ScramServer.MECHANISM, bytes(CLIENT_FIRST));
        assertThat(server.last(bytes(CLIENT_FINAL))).isEqualTo(new Refused());
    }

    @Test
    void acceptsClientsThatCouldBindChannels() {
        ScramServer server = rfcServer();
        server.first(ScramServer.MECHANISM, bytes("y,,n=user,r=" + CLIENT_NONCE));
        assertThatThrownBy(() -> server.last(bytes(CLIENT_FINAL)))
                .hasMessageContaining("does not repeat the channel binding");
        // The proof covers the header, so only its form can be right here.
        assertThat(server.last(bytes(CLIENT_FINAL.replace("c=biws", "c=eSws"))))
                .isEqualTo(new Refused());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "p=tls-server-end-point,,n=,r=x | requires channel binding",
                "z,,n=,r=x | unknown channel-binding flag",
                "n,a=admin,n=,r=x | authorization identity",
                "n,x,n=,r=x | unexpected attribute",
                "n,,m=ext,n=,r=x | extension",
                "n,,r=x | lacks the attribute 'n'",
                "n,,n= | ends too early",
                "n,,n=,x=y | lacks the attribute 'r'",
                "n,,n=,r= | nonce",
                "n,,n=,r=a b | nonce",
                "n | ends too early",
                "n,, | ends too early",
            })
    void refusesMalformedFirstMessages(String message, String problem) {
        assertThatThrownBy(() -> rfcServer().first(ScramServer.MECHANISM, bytes(message)))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining(problem);
    }

    @Test
    void refusesFirstMessagesThatAreNotUtf8() {
        assertThatThrownBy(
                        () ->
                                rfcServer()
                                        .first(
                                                ScramServer.MECHANISM,
                                                new byte[] {'n', ',', ',', (byte) 0xff}))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining("not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c=biws",
                "c=eSws,r=NONCE,p=PROOF",
                "c=biws,r=other,p=PROOF",
                "c=biws,r=NONCE",
                "c=biws,r=NONCE,",
                "c=biws,r=NONCE,p=",
                "c=biws,r=NONCE,p=AAAA",
                "c=biws,r=NONCE,p=!!!!",
                "c=biws,r=NONCE,p=PROOF,x=y",
                "c=biws,r=NONCE,x=y",
                "m=x,c=biws,r=NONCE,p=PROOF",
                "r=NONCE,c=biws,p=PROOF",
            })
    void refusesMalformedFinalMessages(String template) {
        ScramServer server = rfcServer();
        server.first(ScramServer.MECHANISM, bytes(CLIENT_FIRST));
        String proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        String message =
                template.replace("NONCE", CLIENT_NONCE + SERVER_NONCE).replace("PROOF", proof);
        assertThatThrownBy(() -> server.last(bytes(message))).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void toleratesExtensionsBeforeTheProof() {
        ScramServer server = rfcServer();
        server.first(ScramServer.MECHANISM, bytes(CLIENT_FIRST));
        assertThat(server.last(bytes(CLIENT_FINAL.replace(",p=", ",x=y,p="))))
                .isEqualTo(new Refused());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "r=other,s=AAAA,i=1",
                "r=NONCE,s=AAAA,i=1",
                "r=NONCEx,s=!,i=1",
                "r=NONCEx,i=1",
                "r=NONCEx,s=AAAA",
                "r=NONCEx,s=AAAA,i=0",
                "r=NONCEx,s=AAAA,i=-1",
                "r=NONCEx,s=AAAA,i=x",
                "r=NONCEx,s=AAAA,i=1000001",
                "r=NONCEx,s=AAAA,i=99999999999",
                "m=x,r=NONCEx,s=AAAA,i=1",
            })
    void refusesMalformedChallenges(String template) {
        ScramClient client = ScramClient.ofPassword("x", "NONCE");
        assertThatThrownBy(() -> client.last(template)).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void refusesServersThatDoNotKnowTheVerifier() {
        ScramClient client = ScramClient.ofPassword("pencil", CLIENT_NONCE);
        client.last(SERVER_FIRST);
        for (String message : new String[] {"v=AAAA", SERVER_FINAL, "e=other", "", "x=y"}) {
            assertThatThrownBy(() -> client.verify(message)).isInstanceOf(ProtocolViolation.class);
        }
        assertThat(client.isVerified()).isFalse();
    }

    @Test
    void parsesWhatPostgreSqlStores() {
        String stored = verifier().toStored();
        assertThat(stored).startsWith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$");
        assertThat(ScramVerifier.parse(stored).orElseThrow().toStored()).isEqualTo(stored);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "md5c4ca4238a0b923820dcc509a6f75849b",
                "SCRAM-SHA-256",
                "SCRAM-SHA-256$",
                "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
                "SCRAM-SHA-256$4096$AAAA:AAAA",
                "SCRAM-SHA-256$x:AAAA$AAAA:AAAA",
                "SCRAM-SHA-256$4096:AAAA",
            })
    void parsesNothingElse(String stored) {
        assertThat(ScramVerifier.parse(stored)).isEmpty();
    }

    @Test
    void keepsSecretsOutOfTexts() {
        ScramServer server = rfcServer();
        server.first(ScramServer.MECHANISM, bytes(CLIENT_FIRST));
        var accepted = (Accepted) server.last(bytes(CLIENT_FINAL));
        assertThat(accepted.keys()).hasToString("ScramKeys[hidden]");
        assertThat(verifier()).hasToString("ScramVerifier[iterations=4096]");
        assertThat(Md5Password.of("u", "p")).hasToString("Md5Password[hidden]");
    }

    @Test
    void answersMd5Challenges() {
        byte[] salt = {1, 2, 3, 4};
        Md5Password password = Md5Password.of("alice", "wonder");
        String response = password.response(salt);
        assertThat(response).matches("md5[0-9a-f]{32}");
        assertThat(password.accepts(response, salt)).isTrue();
        assertThat(password.accepts(response, new byte[] {1, 2, 3, 5})).isFalse();
        assertThat(password.accepts("", salt)).isFalse();
        Md5Password parsed = Md5Password.parse(password.toStored()).orElseThrow();
        assertThat(parsed.response(salt)).isEqualTo(response);
        assertThat(Md5Password.parse("md5x")).isEmpty();
        assertThat(Md5Password.parse(verifier().toStored())).isEmpty();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    void bindsToTheCertificateThatItWasGiven() {
        assertThat(bound("end point".getBytes(US_ASCII)))
                .hasMessageContaining("has a malformed proof");
        assertThat(bound("another end point".getBytes(US_ASCII)))
                .hasMessageContaining("does not repeat the channel binding");
    }

    /** What becomes of a client that is bound to that; its proof is wrong in any case. */
    private static Throwable bound(byte[] endPoint) {
        ScramServer server = encrypted();
        server.first(
                ScramServer.MECHANISM_PLUS, bytes("p=tls-server-end-point,,n=,r=" + CLIENT_NONCE));
        byte[] header = "p=tls-server-end-point,,".getBytes(US_ASCII);
        byte[] both = Arrays.copyOf(header, header.length + endPoint.length);
        System.arraycopy(endPoint, 0, both, header.length, endPoint.length);
        String last =
                "c=%s,r=%s,p=eA=="
                        .formatted(
                                Base64.getEncoder().encodeToString(both),
                                CLIENT_NONCE + SERVER_NONCE);
        return catchThrowable(() -> server.last(bytes(last)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SCRAM-SHA-256      | y,,n=,r=c  | takes the server for one without",
                "SCRAM-SHA-256      | p=tls-server-end-point,,n=,r=c | which its mechanism has not",
                "SCRAM-SHA-256-PLUS | n,,n=,r=c  | which its mechanism requires",
                "SCRAM-SHA-256-PLUS | p=tls-unique,,n=,r=c | another channel binding"
            })
    void takesNoLesserBindingThanItOffers(String mechanism, String first, String complaint) {
        assertThatThrownBy(() -> encrypted().first(mechanism, bytes(first)))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessageContaining(complaint);
        assertThat(encrypted().mechanisms())
                .containsExactly(ScramServer.MECHANISM_PLUS, ScramServer.MECHANISM);
    }

    private static ScramServer encrypted() {
        return new ScramServer(verifier(), true, SERVER_NONCE, "end point".getBytes(US_ASCII));
    }
}
