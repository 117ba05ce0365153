package io.shoestring.node;

import io.shoestring.database.Outcome;
import io.shoestring.model.NodeName;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a machine be switched off only if nobody hears its node at that moment, and never this one;
 * one at a time for each machine. Thread-safe.
 */
final class GuardedSwitch implements PowerSwitch {
    private final NodeName self;
    private final Elsewhere elsewhere;
    private final PowerSwitch power;
    private final Map<NodeName, ReentrantLock> locks = new ConcurrentHashMap<>();

    GuardedSwitch(NodeName self, Elsewhere elsewhere, PowerSwitch power) {
        this.self = self;
        this.elsewhere = elsewhere;
        this.power = power;
    }

    @Override
    public Outcome off(NodeName node) throws InterruptedException {
        if (node.equals(self)) {
            return new Outcome.Failed("it is the machine of the node that decides.");
        }
        ReentrantLock lock = locks.computeIfAbsent(node, name -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (elsewhere.isReachedByAnyone(node)) {
                return new Outcome.Failed("its node answers somebody.");
            }
            return power.off(node);
        } finally {
            lock.unlock();
        }
    }
}
