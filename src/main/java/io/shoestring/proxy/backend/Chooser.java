package io.shoestring.proxy.backend;

import io.shoestring.config.BackendConfig.Balance;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes a place at one of the servers, by the backend's rule. Any thread; no lock, and nothing is
 * allocated.
 */
final class Chooser {
    private final Balance balance;
    private final AtomicInteger cursor = new AtomicInteger();

    Chooser(Balance balance) {
        this.balance = balance;
    }

    /** A server at which a place was taken, or null if none has one for this claim. */
    @Nullable Server take(Rotation rotation, Claim claim) {
        if (rotation.isEmpty()) {
            return null;
        }
        return switch (balance) {
            case ROUND_ROBIN -> inTurn(rotation, claim);
            case LEAST_CONNECTIONS -> leastConnections(rotation, claim);
            case RANDOM -> random(rotation, claim);
            case SOURCE, HASH -> byKey(rotation, claim);
            case FIRST -> first(rotation, claim);
        };
    }

    private @Nullable Server inTurn(Rotation rotation, Claim claim) {
        int start = cursor.getAndIncrement();
        for (int i = 0; i < rotation.slotCount(); i++) {
            Server server = rotation.server(rotation.slot(start + i));
            if (!claim.avoids(server) && server.tryTake()) {
                return server;
            }
        }
        return null;
    }

    private @Nullable Server leastConnections(Rotation rotation, Claim claim) {
        // Whoever loses a race for the last place at a server looks for the next best one.
        for (int attempt = 0; attempt < rotation.size(); attempt++) {
            int best = leastLoaded(rotation, claim);
            if (best < 0) {
                return null;
            }
            if (rotation.server(best).tryTake()) {
                return rotation.server(best);
            }
        }
        return null;
    }

    /** Starts elsewhere each time, so that equals take turns. */
    private int leastLoaded(Rotation rotation, Claim claim) {
        int start = cursor.getAndIncrement();
        int best = -1;
        for (int i = 0; i < rotation.size(); i++) {
            int index = Math.floorMod(start + i, rotation.size());
            Server server = rotation.server(index);
            boolean possible = server.hasRoom() && !claim.avoids(server);
            if (possible && (best < 0 || isLessLoaded(rotation, index, best))) {
                best = index;
            }
        }
        return best;
    }

    private static boolean isLessLoaded(Rotation rotation, int one, int other) {
        long load = (rotation.server(one).connections() + 1L) * rotation.weight(other);
        long otherLoad = (rotation.server(other).connections() + 1L) * rotation.weight(one);
        return load < otherLoad;
    }

    private @Nullable Server random(Rotation rotation, Claim claim) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        int one = rotation.slot(random.nextInt(rotation.slotCount()));
        int other = rotation.slot(random.nextInt(rotation.slotCount()));
        int better = isLessLoaded(rotation, one, other) ? one : other;
        Server server = rotation.server(better);
        if (!claim.avoids(server) && server.tryTake()) {
            return server;
        }
        return leastConnections(rotation, claim);
    }

    private @Nullable Server byKey(Rotation rotation, Claim claim) {
        long key = claim.key();
        for (int attempt = 0; attempt < rotation.size(); attempt++) {
            int best = highestScore(rotation, claim, key);
            if (best < 0) {
                return null;
            }
            if (rotation.server(best).tryTake()) {
                return rotation.server(best);
            }
        }
        return null;
    }

    /**
     * Weighted rendezvous hashing: when a server comes or goes, only its own keys move. A full
     * server's keys go to whoever comes next for them.
     */
    private static int highestScore(Rotation rotation, Claim claim, long key) {
        int best = -1;
        double bestScore = 0;
        for (int i = 0; i < rotation.size(); i++) {
            Server server = rotation.server(i);
            if (server.hasRoom() && !claim.avoids(server)) {
                double score = score(key, server.seed(), rotation.weight(i));
                if (best < 0 || score > bestScore) {
                    best = i;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    private static double score(long key, long seed, int weight) {
        long hash = HashKey.mix(key ^ seed);
        double uniform = ((hash >>> 11) + 0.5) * 0x1.0p-53;
        return -weight / Math.log(uniform);
    }

    private static @Nullable Server first(Rotation rotation, Claim claim) {
        for (int i = 0; i < rotation.size(); i++) {
            Server server = rotation.server(i);
            if (!claim.avoids(server) && server.tryTake()) {
                return server;
            }
        }
        return null;
    }
}
