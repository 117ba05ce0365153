package io.shoestring.database.postgresql;

import io.shoestring.database.DatabaseException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** One empty cluster for all tests of this process, made when it is needed first. */
final class TestTemplate {
    private TestTemplate() {}

    static Path data() {
        return Holder.DATA;
    }

    private static final class Holder {
        static final Path DATA = make();

        private static Path make() {
            try {
                TestDirectory directory = new TestDirectory();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
                Path data = directory.path().resolve("template");
                InitialCluster.create(
                        data, TestCluster.USER, TestCluster.PASSWORD, 1, ProgramsFinder.newest());
                return data;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (DatabaseException e) {
                throw new IllegalStateException(e);
            }
        }

        private static void remove(TestDirectory directory) {
            try {
                directory.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
