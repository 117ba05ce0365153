package io.shoestring.database.mysql;

import java.util.List;

/** MariaDB's client program, for the server of a member; the password is in its environment. */
record LocalClient(MariaDbServer server) {
    List<String> command() {
        return List.of(
                server.program("mariadb"),
                "--no-defaults",
                "--protocol=tcp",
                "--host=127.0.0.1",
                "--port=" + server.member().port(),
                "--user=" + server.database().superuser().name(),
                "--max-allowed-packet=1G",
                "--binary-mode",
                "--batch");
    }
}
