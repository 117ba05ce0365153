package io.shoestring.proxy.mysql;

import io.shoestring.protocol.mysql.CachingSha2Password;
import io.shoestring.protocol.mysql.Ed25519Password;
import io.shoestring.protocol.mysql.NativePassword;

import java.util.Optional;

/** What a client has shown of its password: with it the proxy logs in at the servers. */
sealed interface Credentials {
    /** The answer to a server's challenge; empty: by that method this is not possible. */
    Optional<byte[]> proof(String method, byte[] challenge);

    /** What is the same for the same password, and a secret. */
    byte[] key();

    /** No password at all. */
    record None() implements Credentials {
        @Override
        public Optional<byte[]> proof(String method, byte[] challenge) {
            return Optional.of(new byte[0]);
        }

        @Override
        public byte[] key() {
            return new byte[0];
        }
    }

    /** SHA1(password), by {@link NativePassword}. */
    final class NativeKey implements Credentials {
        private final byte[] key;

        NativeKey(byte[] key) {
            this.key = key.clone();
        }

        @Override
        public byte[] key() {
            return key.clone();
        }

        @Override
        public Optional<byte[]> proof(String method, byte[] challenge) {
            return method.equals(NativePassword.METHOD)
                    ? Optional.of(NativePassword.proof(key, challenge))
                    : Optional.empty();
        }
    }

    /** The password itself, by {@link CachingSha2Password}. */
    final class Password implements Credentials {
        private final byte[] password;

        Password(byte[] password) {
            this.password = password.clone();
        }

        byte[] bytes() {
            return password.clone();
        }

        @Override
        public byte[] key() {
            return NativePassword.key(password);
        }

        @Override
        public Optional<byte[]> proof(String method, byte[] challenge) {
            return switch (method) {
                case NativePassword.METHOD ->
                        Optional.of(NativePassword.proof(NativePassword.key(password), challenge));
                case CachingSha2Password.METHOD ->
                        Optional.of(
                                CachingSha2Password.proof(
                                        CachingSha2Password.key(password), challenge));
                case Ed25519Password.METHOD ->
                        Optional.of(Ed25519Password.proof(password, challenge));
                default -> Optional.empty();
            };
        }
    }
}
