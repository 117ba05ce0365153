package io.shoestring.proxy.postgresql;

import static io.shoestring.proxy.postgresql.Wire.bind;
import static io.shoestring.proxy.postgresql.Wire.execute;
import static io.shoestring.proxy.postgresql.Wire.together;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Conversations of which a client must get the same answers from a server and from the proxy in
 * front of it. They use the tables {@code items} (ids 1 to 5) and {@code parts} (empty; refers to
 * items, checked at commit).
 */
final class ProtocolScripts {
    static final int UPPER = 871;
    static final int INT4 = 23;
    static final String READ = "select name from items where id = $1";
    static final String WRITE = "insert into items values ($1, $2)";

    private final Map<String, Script> byName = new LinkedHashMap<>();

    /** What a client says, and how long it listens in between. */
    @FunctionalInterface
    interface Script {
        void run(RawClient client) throws IOException;
    }

    private ProtocolScripts() {}

    static Map<String, Script> all() {
        var scripts = new ProtocolScripts();
        new QueryScripts(scripts).addAll();
        new PipelineScripts(scripts).addAll();
        new TransactionScripts(scripts).addAll();
        new CopyScripts(scripts).addAll();
        new SessionScripts(scripts).addAll();
        new PortalScripts(scripts).addAll();
        new OddScripts(scripts).addAll();
        return scripts.byName;
    }

    void add(String name, Script script) {
        if (byName.put(name, script) != null) {
            throw new IllegalStateException("two scripts are named " + name);
        }
    }

    /** Binds the unnamed portal and runs it. */
    static byte[] bound(String statement, String... values) {
        return together(bind("", statement, values), execute("", 0));
    }
}
