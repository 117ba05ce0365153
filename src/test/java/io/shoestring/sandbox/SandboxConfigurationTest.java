package io.shoestring.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.shoestring.config.ConfigReader;
import io.shoestring.config.DatabaseConfig.Engine;
import io.shoestring.config.PoolConfig;
import io.shoestring.config.PostgresListenerConfig.Reads;
import io.shoestring.model.Endpoint;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a sandbox writes for its node is sound, however many replicas it has. */
class SandboxConfigurationTest {
    @TempDir private Path parent;

    @ParameterizedTest
    @CsvSource({
        "POSTGRESQL, 1",
        "POSTGRESQL, 2",
        "POSTGRESQL, 9",
        "MARIADB, 1",
        "MARIADB, 2",
        "MARIADB, 3",
        "MARIADB, 9"
    })
    void isSound(Engine engine, int members) throws Exception {
        Map<String, Endpoint> addresses = new LinkedHashMap<>();
        for (int i = 0; i < members; i++) {
            addresses.put(Character.toString('a' + i), new Endpoint("127.0.0.1", 5000 + i));
        }
        EngineKit kit = EngineKit.of(engine);
        String text =
                new SandboxConfiguration(
                                SandboxDirectory.in(Optional.of(parent), kit.accounts()),
                                kit,
                                addresses,
                                new Endpoint("127.0.0.1", 6432),
                                Reads.REPLICAS,
                                PoolConfig.Mode.SESSION,
                                6480)
                        .text();
        assertThat(ConfigReader.read("sandbox", text, parent))
                .isInstanceOf(ConfigReader.Sound.class);
    }
}
