package io.shoestring;

import static java.util.Objects.requireNonNull;

import io.shoestring.config.ClusterConfig;
import io.shoestring.database.Outcome;
import io.shoestring.node.PowerSwitch;
import io.shoestring.supervision.FenceCommand;

/** A configuration's fence command as the node's switch. */
final class FenceOf {
    private FenceOf() {}

    static PowerSwitch config(ClusterConfig cluster) {
        return cluster.fence().map(fence -> of(cluster, fence)).orElseGet(PowerSwitch::none);
    }

    private static PowerSwitch of(ClusterConfig cluster, ClusterConfig.Fence fence) {
        var command = new FenceCommand(fence.command(), fence.timeout());
        return node -> {
            String address = requireNonNull(cluster.nodes().get(node), "unknown node");
            FenceCommand.Result result = command.run(node, address);
            return result.off()
                    ? new Outcome.Done(result.sentence())
                    : new Outcome.Failed(result.sentence());
        };
    }
}
