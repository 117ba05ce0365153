package io.shoestring.proxy.backend;

import java.util.List;

/**
 * The servers that may be used now, with their weights: one immutable picture, replaced whole when
 * anything changes, so that choosing needs no lock.
 */
final class Rotation {
    /** More slots than this give no finer shares that anybody would notice. */
    private static final int MOST_SLOTS = 4_096;

    private final Server[] servers;
    private final int[] weights;
    private final int[] slots;

    private Rotation(Server[] servers, int[] weights, int[] slots) {
        this.servers = servers;
        this.weights = weights;
        this.slots = slots;
    }

    /**
     * @param weights of the servers, in any unit, each at least 1
     */
    static Rotation of(List<Server> servers, List<Integer> weights) {
        int[] shares = scaled(weights.stream().mapToInt(Integer::intValue).toArray());
        return new Rotation(servers.toArray(Server[]::new), shares, smooth(shares));
    }

    boolean isEmpty() {
        return servers.length == 0;
    }

    int size() {
        return servers.length;
    }

    Server server(int index) {
        return servers[index];
    }

    int weight(int index) {
        return weights[index];
    }

    int slotCount() {
        return slots.length;
    }

    /** The index of the server whose turn it is at {@code position}, which may be any number. */
    int slot(int position) {
        return slots[Math.floorMod(position, slots.length)];
    }

    private static int[] scaled(int[] weights) {
        int divisor = 0;
        long sum = 0;
        for (int weight : weights) {
            divisor = gcd(divisor, weight);
            sum += weight;
        }
        int[] scaled = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            boolean tooMany = sum / divisor > MOST_SLOTS;
            long share = tooMany ? (long) weights[i] * MOST_SLOTS / sum : weights[i] / divisor;
            scaled[i] = (int) Math.max(1, share);
        }
        return scaled;
    }

    private static int gcd(int one, int other) {
        return other == 0 ? one : gcd(other, one % other);
    }

    /**
     * One round in which each server stands as often as its weight, as evenly spread as it can be:
     * in each step everybody gains its weight, and who has the most pays the sum of all.
     */
    private static int[] smooth(int[] weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int[] slots = new int[sum];
        int[] credit = new int[weights.length];
        for (int slot = 0; slot < sum; slot++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                credit[i] += weights[i];
                best = credit[i] > credit[best] ? i : best;
            }
            credit[best] -= sum;
            slots[slot] = best;
        }
        return slots;
    }
}
