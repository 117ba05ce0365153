package io.shoestring.config.haproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;

import io.shoestring.config.PasswordHashes;

import org.apache.commons.codec.digest.Crypt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** HAProxy's lists of users, which become files of users here. */
final class Userlists {
    private final Map<String, Section> lists = new LinkedHashMap<>();
    private final Map<String, String> fileOf = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();
    private final Notes notes;

    Userlists(List<Section> sections, Notes notes) {
        this.notes = notes;
        sections.stream()
                .filter(section -> section.kind().equals("userlist"))
                .forEach(section -> lists.put(section.name(), section));
    }

    /** The name of the file of a list, which is needed from now on; empty if there is no such. */
    Optional<String> file(String list) {
        Section section = lists.get(list);
        if (section == null) {
            return Optional.empty();
        }
        String known = fileOf.get(list);
        if (known != null) {
            return Optional.of(known);
        }
        Set<String> taken = new TreeSet<>();
        fileOf.values().forEach(each -> taken.add(each.replaceFirst("\\.users$", "")));
        String name = Names.unique(list, taken) + ".users";
        fileOf.put(list, name);
        files.put(name, text(section));
        return Optional.of(name);
    }

    /** What the files must contain, by name: each byte of them is a character of the text. */
    Map<String, String> files() {
        return files;
    }

    /** Tells of the lists that nothing asks for; after everything else was read. */
    void noteUnused() {
        lists.forEach(
                (name, section) -> {
                    if (!fileOf.containsKey(name)) {
                        notes.add(section.head(), "no login here asks for it");
                    }
                });
    }

    private String text(Section section) {
        return section.own().stream()
                .filter(each -> each.is("user"))
                .flatMap(each -> line(each).stream())
                .collect(joining());
    }

    private Optional<String> line(Directive user) {
        String name = user.word(1);
        if (name.isEmpty() || name.contains(":") || name.startsWith("#")) {
            notes.add(user, "nobody can log in by that name");
            return Optional.empty();
        }
        int plain = user.words().indexOf("insecure-password");
        int hashed = user.words().indexOf("password");
        String hash = "";
        if (plain > 1) {
            hash = Crypt.crypt(user.word(plain + 1).getBytes(ISO_8859_1));
        } else if (hashed > 1) {
            hash = user.word(hashed + 1);
        }
        if (!PasswordHashes.isSound(hash)) {
            notes.add(
                    user,
                    "passwords are stored by bcrypt, SHA-256 or SHA-512 here; this user cannot log"
                            + " in until the users file has a new hash (htpasswd -B)");
            return Optional.empty();
        }
        return Optional.of(name + ":" + hash + "\n");
    }
}
