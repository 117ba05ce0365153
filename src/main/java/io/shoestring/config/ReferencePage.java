package io.shoestring.config;

import io.shoestring.config.Key.Items;
import io.shoestring.config.Key.Need;
import io.shoestring.config.Key.Section;
import io.shoestring.config.Key.Table;
import io.shoestring.config.Key.Value;
import io.shoestring.config.Key.Variant;
import io.shoestring.config.Key.Variants;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The tree of keys as a page for people. */
final class ReferencePage {
    /** The file with every key is one of a PostgreSQL database with one member. */
    private static final Set<Key> DOES_NOT_FIT = Set.of(Keys.UPSTREAM, Keys.COMPARE_ROWS);

    private static final String INTRODUCTION =
            """
            # Configuration reference

            <!-- Generated from the keys that the program reads. Change
                 src/main/java/io/shoestring/config/Keys.java, then run
                 ./shoestring reference --write docs -->

            A cluster has one configuration file, `shoestring.yaml`, which is the same on all
            machines. `shoestring check FILE` reads it without starting anything and says
            everything that is wrong with it at once, with line and column. A key that is not
            on this page is an error. Editors check and complete the file by
            [shoestring.schema.json](../shoestring.schema.json); the YAML language server finds
            it by this comment in the file:
            `# yaml-language-server: $schema=shoestring.schema.json`

            A problem is one line; its place is that of the key:

            ```text
            shoestring.yaml:8:5: databases.shop.protection: 'availabilty' is not a protection mode; expected performance or availability; did you mean 'availability'?
            ```

            Passwords and tokens never stand in this file; it names the files that hold them.

            """;

    private static final String RULES =
            """
            ## What must hold between keys

            - There is a listener or a database.
            - A listener's `database` or `backend` and a member's `node` are names of this file.
            - No two members share an address and port, or a data directory on one machine; no
              data directory lies inside another one or holds `cluster.directory`.
            - A member's `upstream` is another member of its database that is not delayed; no ring of
              them comes back to where it began.
            - An http listener has `routes`, a `backend`, or both.
            - No two servers of a backend share an address and port.
            - No two listeners share an address and port, nor does one with `admin` or with a
              member, or with `cluster.port` on a node's address. `0.0.0.0` and `[::]` share with every address that they include. Port 0 is
              a different free port each time.
            - No two of `addresses` are the same, and none is a node's own address; the database
              that one follows is a name of this file.
            - No key stands twice in one mapping. Anchors and aliases are fine, several documents
              in one file are not. The file is UTF-8 and at most 1 MiB long.
            """;

    private ReferencePage() {}

    static String markdown() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        page.append("## Every key once\n\n```yaml\n# shoestring.yaml\n");
        Keys.ROOT.keys().forEach(key -> example(page, key, key.name(), ""));
        page.append("```\n\n");
        List<KeyPath> top = Keys.ROOT.keys().stream().map(key -> new KeyPath("", key)).toList();
        table(page.append("## The top of the file\n\n"), top);
        keys(page, top);
        kinds(page);
        return page.append(RULES).toString();
    }

    /**
     * What cannot stand beside its siblings: the request of a check, the servers of a listener, the
     * address of a member that is observed.
     */
    private static boolean standsAlone(Key key) {
        return key.equals(CheckKeys.COMMAND)
                || key.equals(MysqlKeys.DATABASE)
                || key.equals(Keys.MEMBER_ADDRESS);
    }

    private static void example(StringBuilder page, Key key, String name, String indent) {
        if (!(key instanceof Variants)) {
            // There is one member only, which has nobody to get its log from.
            page.append(indent).append(DOES_NOT_FIT.contains(key) ? "# " : "").append(name);
            page.append(':');
        }
        String deeper = indent + "  ";
        switch (key) {
            case Value<?> value -> page.append(' ').append(value.example()).append('\n');
            case Section section -> {
                page.append('\n');
                section.keys().stream()
                        .filter(each -> !standsAlone(each))
                        .forEach(each -> example(page, each, each.name(), deeper));
            }
            case Items items when items.each() instanceof Section each -> {
                page.append('\n').append(deeper).append("- # ").append(each.noun());
                page.append('\n');
                each.keys().forEach(inner -> example(page, inner, inner.name(), deeper + "  "));
            }
            case Items items when items.each() instanceof Value<?> each ->
                    page.append(" [\"").append(each.example()).append("\"]\n");
            case Items items -> throw new IllegalStateException(items.name() + ": no example");
            case Variants variants ->
                    variants.variants()
                            .forEach(each -> example(page, each.section(), each.example(), indent));
            case Table table when table.each() instanceof Variants variants -> {
                page.append('\n');
                example(page, variants, table.example(), deeper);
            }
            case Table table -> {
                page.append('\n');
                example(page, table.each(), table.example(), deeper);
            }
        }
    }

    /** One chapter for each mapping that holds values. */
    private static void keys(StringBuilder page, List<KeyPath> paths) {
        for (KeyPath path : paths) {
            List<KeyPath> children = path.children();
            switch (path.key()) {
                case Section section -> chapter(page, path.path(), "", section, children);
                case Variants variants -> chapters(page, path, variants);
                case Value<?> _, Table _, Items _ -> {}
            }
            if (!(path.key() instanceof Variants)) {
                keys(page, children);
            }
        }
    }

    private static void chapters(StringBuilder page, KeyPath path, Variants variants) {
        for (Variant variant : variants.variants()) {
            List<KeyPath> children = path.childrenOf(variants, variant);
            String shape = " with `%s: %s`".formatted(variants.decisive().name(), variant.word());
            chapter(page, path.path(), shape, variant.section(), children);
            keys(page, children);
        }
    }

    private static void chapter(
            StringBuilder page,
            String path,
            String shape,
            Section section,
            List<KeyPath> children) {
        page.append("## `%s`%s\n\n%s".formatted(path, shape, section.documentation()));
        if (section.need() instanceof Need.Otherwise(var description)) {
            page.append(" Optional: without it, ").append(description).append('.');
        }
        section.plain()
                .ifPresent(
                        plain ->
                                page.append(" May also be a single value: its `")
                                        .append(plain.name())
                                        .append("`."));
        table(page.append("\n\n"), children);
    }

    private static void table(StringBuilder page, List<KeyPath> children) {
        page.append("| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n");
        children.forEach(child -> row(page, child.key()));
        page.append('\n');
    }

    private static void row(StringBuilder page, Key key) {
        page.append(
                "| `%s` | %s | %s | %s |\n"
                        .formatted(key.name(), kind(key), need(key), meaning(key)));
    }

    private static String kind(Key key) {
        return switch (key) {
            case Value<?> value -> value.format().title();
            case Section section when section.plain().isPresent() ->
                    section.plain().get().format().title() + ", or see below";
            case Section _, Variants _ -> "see below";
            case Table table when table.each() instanceof Value<?> value ->
                    "a %s for each `%s`".formatted(value.format().title(), value.name());
            case Items items when items.each() instanceof Value<?> value ->
                    "a list of %ss".formatted(value.format().title());
            case Items _ -> "a list, see below";
            case Table table -> "for each `%s`, see below".formatted(table.each().name());
        };
    }

    private static String meaning(Key key) {
        return key instanceof Table table && table.each() instanceof Value<?> value
                ? "%s `%s`: %s".formatted(key.documentation(), value.name(), value.documentation())
                : key.documentation();
    }

    private static String need(Key key) {
        return switch (key.need()) {
            case Need.Required _ -> "required";
            case Need.Default(var text) -> "`" + text + "`";
            case Need.Otherwise(var description) -> description;
        };
    }

    private static void kinds(StringBuilder page) {
        page.append("## Kinds of values\n\n");
        Map<String, String> kinds = new TreeMap<>();
        for (KeyPath path : KeyPath.all()) {
            if (path.key() instanceof Value<?> value && !value.format().explanation().isEmpty()) {
                kinds.put(value.format().title(), value.format().explanation());
            }
        }
        kinds.forEach((title, text) -> page.append("- **%s**: %s\n".formatted(title, text)));
        page.append('\n');
    }
}
