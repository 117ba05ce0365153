package io.shoestring.admin;

import io.shoestring.config.AdminConfig;
import io.shoestring.model.ClusterStatus;
import io.shoestring.model.Endpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Shows the page with invented situations, for whoever works on it: {@code PagePreview
 * good|failover|alone|large|story PORT}. Ends when it is killed.
 */
final class PagePreview {
    private PagePreview() {}

    public static void main(String[] arguments) throws Exception {
        FakeNode node = new FakeNode(situation(arguments[0]));
        node.beginAt(Instant.now().minusSeconds(75));
        Situations.tell(node);
        Path directory = Files.createTempDirectory("shoestring-preview");
        AdminConfig config =
                new AdminConfig(
                        new Endpoint("127.0.0.1", Integer.parseInt(arguments[1])),
                        directory.resolve("admin.token"));
        try (AdminServer server =
                new AdminServer(
                        config,
                        new AdminServer.Served(
                                node, Balancers.NONE, new InventedFigures(), Configurations.FIXED),
                        node,
                        "0.1.0 (preview)")) {
            server.start();
            System.out.println(server.loginLink());
            long step = 0;
            while (true) {
                Thread.sleep(100);
                step++;
                if (arguments[0].equals("good")) {
                    node.show(Situations.good(18_204 + step * 32, 41_377 + step * 95));
                }
            }
        }
    }

    private static ClusterStatus situation(String name) {
        return switch (name) {
            case "failover" -> Situations.failingOver();
            case "alone" -> Situations.alone();
            case "large" -> Situations.large();
            default -> Situations.good();
        };
    }
}
