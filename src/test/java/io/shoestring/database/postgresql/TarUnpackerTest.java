package io.shoestring.database.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shoestring.database.DatabaseException;
import io.shoestring.database.server.Account;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

class TarUnpackerTest {
    private static final int BLOCK = 512;

    @TempDir Path top;

    /** What GNU tar makes, cut anywhere. */
    @Test
    void writesWhatTarHasPackedWhereverItIsCut() throws Exception {
        Path from = top.resolve("from");
        Files.createDirectories(from.resolve("base/1"));
        byte[] random = new byte[100_000];
        new Random(1).nextBytes(random);
        Files.write(from.resolve("base/1/2601"), random);
        Files.write(from.resolve("base/1/block"), Arrays.copyOf(random, BLOCK));
        Files.createFile(from.resolve("empty"));
        Files.setPosixFilePermissions(
                from.resolve("empty"), PosixFilePermissions.fromString("rw-r-----"));
        Files.createSymbolicLink(from.resolve("link"), Path.of("/srv/there"));
        Files.createSymbolicLink(from.resolve("other"), Path.of("/srv/other"));
        Path archive = top.resolve("archive.tar");
        Process tar =
                new ProcessBuilder(
                                "tar",
                                "--format=ustar",
                                "-cf",
                                archive.toString(),
                                "-C",
                                from + "",
                                "base",
                                "empty",
                                "link",
                                "other")
                        .inheritIO()
                        .start();
        assertThat(tar.waitFor()).isZero();
        byte[] bytes = Files.readAllBytes(archive);
        for (int piece : new int[] {1, 511, 512, 1000, bytes.length}) {
            Path into = Files.createDirectory(top.resolve("into" + piece));
            unpack(into, bytes, piece);
            assertThat(into.resolve("base/1/2601")).hasBinaryContent(random);
            assertThat(into.resolve("base/1/block")).hasBinaryContent(Arrays.copyOf(random, BLOCK));
            assertThat(into.resolve("empty")).isEmptyFile();
            assertThat(Files.getPosixFilePermissions(into.resolve("empty")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
            assertThat(Files.readSymbolicLink(into.resolve("link"))).hasToString("/srv/here");
            assertThat(Files.readSymbolicLink(into.resolve("other"))).hasToString("/srv/other");
        }
    }

    @Test
    void aSizeOfMoreThanEightGigabytesIsBinary() throws Exception {
        byte[] header = header("large", '0', 0);
        Arrays.fill(header, 124, 136, (byte) 0);
        header[124] = (byte) 0x80;
        header[131] = 2;
        byte[] large = Arrays.copyOf(withSum(header), 3 * BLOCK);
        assertThatThrownBy(() -> unpack(top, large, large.length))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("in the middle of a file");
        assertThat(top.resolve("large")).hasSize(2L * BLOCK);
    }

    @Test
    void whatIsDamagedOrLeadsElsewhereIsRefused() throws Exception {
        Path into = Files.createDirectory(top.resolve("into"));
        byte[] damaged = header("global", '0', 0);
        damaged[0] = 'x';
        refused(into, damaged, "damaged");
        refused(into, header("../outside", '0', 0), "'../outside', which is not in its directory");
        refused(into, header("/etc/passwd", '0', 0), "'/etc/passwd', which is not");
        refused(into, header("fifo", '6', 0), "neither file, directory nor link");
        refused(into, Arrays.copyOf(header("short", '0', 9), BLOCK + 4), "in the middle");
        refused(into, Arrays.copyOf(header("header", '0', 0), 100), "in the middle");
        Files.createFile(into.resolve("mine"));
        assertThatThrownBy(() -> unpack(into, header("mine", '0', 0), BLOCK))
                .isInstanceOf(IOException.class);
        assertThat(top.resolve("outside")).doesNotExist();
    }

    private static void refused(Path into, byte[] bytes, String words) {
        assertThatThrownBy(() -> unpack(into, bytes, bytes.length))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining(words);
    }

    private static void unpack(Path into, byte[] bytes, int piece) throws Exception {
        try (TarUnpacker unpacker =
                new TarUnpacker(
                        into,
                        Account.ofProcess(),
                        Map.of(Path.of("/srv/there"), Path.of("/srv/here")))) {
            for (int at = 0; at < bytes.length; at += piece) {
                unpacker.write(bytes, at, Math.min(piece, bytes.length - at));
            }
            unpacker.finish();
        }
    }

    private static byte[] header(String name, char type, int size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000600");
        put(header, 124, "%011o".formatted(size));
        header[156] = (byte) type;
        put(header, 257, "ustar");
        return withSum(header);
    }

    private static byte[] withSum(byte[] header) {
        put(header, 148, "        ");
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xFF;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
