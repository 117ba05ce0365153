package io.shoestring.proxy.mysql;

import io.shoestring.model.MemberSpec;
import io.shoestring.proxy.mysql.Census.ClientRow;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The server's list of processes with who is behind: in the place of a server connection that a
 * client has, the client's number, by which KILL ends it, and its address. What of it the asker may
 * see the server decides, as ever; of clients that have no server connection just now, only those
 * of the asker's own user are told.
 */
final class ProcessList {
    private static final String MARIADB_COLUMNS =
            "p.TIME_MS,p.STAGE,p.MAX_STAGE,p.PROGRESS,p.MEMORY_USED,p.MAX_MEMORY_USED,"
                    + "p.EXAMINED_ROWS,p.QUERY_ID,p.INFO_BINARY,p.TID";
    private static final String MARIADB_NOTHING = "0,0,0,0,0,0,0,0,NULL,0";

    private final Census census;
    private final MysqlContext listener;
    private final String user;
    private final int asker;
    private final boolean mariaDb;

    /** As that client sees it. */
    ProcessList(SessionContext asker, Census census) {
        this.census = census;
        this.listener = asker.listener();
        this.user = asker.identity().user();
        this.asker = asker.client().connectionId();
        this.mariaDb = Console.isMariaDb(listener);
    }

    /** In the place of SHOW PROCESSLIST. */
    String show(boolean full) {
        String info = full ? "INFO" : "LEFT(INFO,100)";
        return "SELECT ID AS `Id`,USER AS `User`,HOST AS `Host`,DB AS `db`,COMMAND AS `Command`,"
                + "TIME AS `Time`,STATE AS `State`,"
                + info
                + " AS `Info`"
                + (mariaDb ? ",PROGRESS AS `Progress`" : "")
                + " FROM "
                + table("COALESCE(c.own,p.ID)")
                + " AS shown";
    }

    /**
     * In the place of information_schema.PROCESSLIST; a name has to follow. The asker's own row has
     * the server's number, because that is what CONNECTION_ID() says beside it.
     */
    String table() {
        return table("IF(p.ID=CONNECTION_ID(),p.ID,COALESCE(c.own,p.ID))");
    }

    private String table(String id) {
        return "(SELECT "
                + id
                + " AS `ID`,p.USER AS `USER`,"
                + "COALESCE(c.host,p.HOST) AS `HOST`,p.DB AS `DB`,p.COMMAND AS `COMMAND`,"
                + "p.TIME AS `TIME`,p.STATE AS `STATE`,"
                + "IF(p.ID=CONNECTION_ID(),'SHOW PROCESSLIST',p.INFO) AS `INFO`"
                + (mariaDb ? "," + MARIADB_COLUMNS : "")
                + " FROM information_schema.PROCESSLIST AS p LEFT JOIN "
                + connected().sql()
                // The asker's own connection may have been given to it only now.
                + " AS c ON c.id=IF(p.ID=CONNECTION_ID(),0,p.ID) UNION ALL SELECT"
                + " own,user,host,NULLIF(db,''),'Sleep',since,'has no server connection',NULL"
                + (mariaDb ? "," + MARIADB_NOTHING : "")
                + " FROM "
                + waiting().sql()
                + " AS w)";
    }

    private InlineTable connected() {
        InlineTable table = InlineTable.of("id BIGINT", "own BIGINT", "host VARCHAR(255)");
        census.clients().stream()
                .filter(each -> each.id() == asker)
                .forEach(each -> table.row(0, asker, host(each)));
        Optional<MemberSpec> primary = listener.topology().primary();
        for (ClientRow each : census.clients()) {
            each.primary()
                    .filter(link -> primary.filter(link.member()::equals).isPresent())
                    .ifPresent(link -> table.row(link.id(), each.id(), host(each)));
        }
        return table;
    }

    private InlineTable waiting() {
        InlineTable table =
                InlineTable.of(
                        "own BIGINT",
                        "user VARCHAR(255)",
                        "host VARCHAR(255)",
                        "db VARCHAR(255)",
                        "since BIGINT");
        for (ClientRow each : census.clients()) {
            boolean another = each.id() != asker;
            if (another && each.primary().isEmpty() && each.user().equals(user)) {
                table.row(each.id(), each.user(), host(each), each.schema(), seconds(each));
            }
        }
        return table;
    }

    private long seconds(ClientRow each) {
        return TimeUnit.NANOSECONDS.toSeconds(listener.clock().nanos() - each.sinceNanos());
    }

    private static String host(ClientRow each) {
        return each.address() + ":" + each.port();
    }
}
