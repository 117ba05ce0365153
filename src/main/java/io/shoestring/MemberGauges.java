package io.shoestring;

import io.shoestring.admin.api.SizeList;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.FiguresPoller;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Wait;
import io.shoestring.model.MemberName;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.StatementNormaliser;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the database servers on this machine say of themselves, without the values of anybody. */
final class MemberGauges implements AutoCloseable {
    private final Map<FiguresPoller, Dialect> pollers = new LinkedHashMap<>();

    /** Before the start only. */
    void add(FiguresPoller poller, Dialect dialect) {
        pollers.put(poller, dialect);
    }

    void start() {
        pollers.keySet().forEach(FiguresPoller::start);
    }

    /** What was said last, of those that were asked already. */
    List<MemberFigures> figures() {
        return pollers.entrySet().stream()
                .flatMap(it -> it.getKey().newest().map(all -> of(all, it.getValue())).stream())
                .toList();
    }

    private static MemberFigures of(MemberFigures all, Dialect dialect) {
        return all.with(all.waits().stream().map(wait -> anonymous(wait, dialect)).toList());
    }

    private static Wait anonymous(Wait wait, Dialect dialect) {
        return wait.with(
                withoutValues(wait.statement(), dialect), withoutValues(wait.blocker(), dialect));
    }

    private static String withoutValues(String statement, Dialect dialect) {
        byte[] text = statement.getBytes(StandardCharsets.UTF_8);
        return new StatementNormaliser(dialect).digest(text, 0, text.length).text();
    }

    /** The sizes of a member on this machine; blocks for ten seconds at most. */
    SizeList sizes(DatabaseName database, MemberName member) {
        Optional<FiguresPoller> here =
                pollers.keySet().stream()
                        .filter(it -> it.database().equals(database) && it.member().equals(member))
                        .findFirst();
        try {
            return here.isEmpty()
                    ? SizeList.none("Member " + member + " is not on this machine.")
                    : SizeList.of(member.value(), here.get().sizes());
        } catch (DatabaseException e) {
            return SizeList.none(
                    "Member " + member + " could not tell its sizes: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        pollers.keySet().forEach(FiguresPoller::close);
    }
}
