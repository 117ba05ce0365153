package io.shoestring.protocol.postgresql;

import java.util.Arrays;

/**
 * ClientKey and ServerKey of one user (RFC 5802, section 3): enough to log in to every server that
 * holds the same verifier, without knowing the password. As secret as the password itself.
 */
public final class ScramKeys {
    private final byte[] clientKey;
    private final byte[] serverKey;

    /** Copies both keys, 32 bytes each. */
    public ScramKeys(byte[] clientKey, byte[] serverKey) {
        this.clientKey = ScramCrypto.requireKey(clientKey).clone();
        this.serverKey = ScramCrypto.requireKey(serverKey).clone();
    }

    byte[] clientKey() {
        return clientKey;
    }

    byte[] serverKey() {
        return serverKey;
    }

    /** Whether both keys are the same; takes the same time for all. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ScramKeys keys
                && ScramCrypto.areEqual(clientKey, keys.clientKey)
                && ScramCrypto.areEqual(serverKey, keys.serverKey);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(clientKey);
    }

    /** Without the secrets. */
    @Override
    public String toString() {
        return "ScramKeys[hidden]";
    }
}
