import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Writes the classes of a library that is compiled for a very old Java in the format of a newer
 * one, with the same instructions: what is older than Java 6 is not kept in the cache of classes
 * (JEP 483), and every start would read and check it anew.
 *
 * <pre>java ModernClasses.java JAR</pre>
 */
final class ModernClasses {
    private static final int OLD = 50;
    private static final int MODERN = 61;

    public static void main(String[] arguments) throws IOException {
        Path jar = Path.of(arguments[0]);
        Path written = jar.resolveSibling(jar.getFileName() + ".new");
        try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
                var in = new ZipFile(jar.toFile());
                var out = new ZipOutputStream(Files.newOutputStream(written))) {
            ClassFile format = format(loader);
            for (ZipEntry each : List.copyOf(Collections.list(in.entries()))) {
                byte[] bytes = in.getInputStream(each).readAllBytes();
                out.putNextEntry(new ZipEntry(each.getName()));
                out.write(each.getName().endsWith(".class") ? modern(format, bytes) : bytes);
                out.closeEntry();
            }
        }
        Files.setLastModifiedTime(written, Files.getLastModifiedTime(jar));
        Files.move(written, jar, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static ClassFile format(ClassLoader loader) {
        return ClassFile.of(
                ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
                ClassFile.ClassHierarchyResolverOption.of(
                        ClassHierarchyResolver.ofResourceParsing(loader)
                                .orElse(ClassHierarchyResolver.defaultResolver())));
    }

    private static byte[] modern(ClassFile format, byte[] bytes) {
        ClassModel old = format.parse(bytes);
        if (old.majorVersion() >= OLD) {
            return bytes;
        }
        return format.build(
                old.thisClass().asSymbol(),
                to -> {
                    to.transform(
                            old, ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL));
                    to.withVersion(MODERN, 0);
                });
    }
}
