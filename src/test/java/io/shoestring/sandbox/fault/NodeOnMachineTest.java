package io.shoestring.sandbox.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

class NodeOnMachineTest {
    @Test
    void startsANodeAsTheLauncherDoes() throws IOException {
        String launcher = Files.readString(Path.of("shoestring"));
        String array = launcher.substring(launcher.indexOf("\noptions=("));

        List<String> options =
                array.substring(0, array.indexOf("\n)"))
                        .lines()
                        .skip(1)
                        .map(String::strip)
                        .filter(line -> line.startsWith("-X") || line.startsWith("-D"))
                        .filter(line -> !line.startsWith("-Xlog"))
                        .flatMap(line -> Stream.of(line.split(" +")))
                        .toList();

        assertThat(NodeOnMachine.LAUNCHER_OPTIONS).isEqualTo(options);
    }
}
