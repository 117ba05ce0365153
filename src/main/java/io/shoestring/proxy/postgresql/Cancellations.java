package io.shoestring.proxy.postgresql;

import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys by which clients ask, on another connection, to cancel what they run. The client gets a
 * key of ours; which server connection it means at that moment the session knows.
 */
final class Cancellations {
    private final Map<Long, ClientConnection> byKey = new ConcurrentHashMap<>();
    private final SecureRandom random;

    Cancellations(SecureRandom random) {
        this.random = random;
    }

    /** Gives the client a key that nobody else has. */
    long register(ClientConnection client) {
        while (true) {
            long key = keyOf(random.nextInt(1, Integer.MAX_VALUE), random.nextInt());
            if (byKey.putIfAbsent(key, client) == null) {
                return key;
            }
        }
    }

    void unregister(long key) {
        byKey.remove(key);
    }

    /** Does nothing for a key that nobody has: whoever guesses learns nothing. */
    void cancel(int processId, int secretKey) {
        ClientConnection client = byKey.get(keyOf(processId, secretKey));
        if (client != null) {
            client.loop().execute(() -> client.session().ifPresent(Session::cancel));
        }
    }

    private static long keyOf(int processId, int secretKey) {
        return ((long) processId << 32) | (secretKey & 0xFFFF_FFFFL);
    }
}
