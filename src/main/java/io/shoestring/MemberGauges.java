package io.shoestring;

import io.shoestring.admin.api.SizeList;
import io.shoestring.database.DatabaseException;
import io.shoestring.database.postgresql.FiguresPoller;
import io.shoestring.model.DatabaseName;
import io.shoestring.model.MemberFigures;
import io.shoestring.model.MemberFigures.Wait;
import io.shoestring.model.MemberName;
import io.shoestring.monitoring.digest.Dialect;
import io.shoestring.monitoring.digest.StatementNormaliser;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the database servers on this machine say of themselves, without the values of anybody. */
final class MemberGauges implements AutoCloseable {
    private final List<FiguresPoller> pollers = new ArrayList<>();

    /** Before the start only. */
    void add(FiguresPoller poller) {
        pollers.add(poller);
    }

    void start() {
        pollers.forEach(FiguresPoller::start);
    }

    /** What was said last, of those that were asked already. */
    List<MemberFigures> figures() {
        return pollers.stream()
                .map(FiguresPoller::newest)
                .flatMap(Optional::stream)
                .map(it -> it.with(it.waits().stream().map(MemberGauges::anonymous).toList()))
                .toList();
    }

    private static Wait anonymous(Wait wait) {
        return wait.with(withoutValues(wait.statement()), withoutValues(wait.blocker()));
    }

    private static String withoutValues(String statement) {
        byte[] text = statement.getBytes(StandardCharsets.UTF_8);
        return new StatementNormaliser(Dialect.POSTGRESQL).digest(text, 0, text.length).text();
    }

    /** The largest tables of a member on this machine; blocks for ten seconds at most. */
    SizeList sizes(DatabaseName database, MemberName member) {
        Optional<FiguresPoller> here =
                pollers.stream()
                        .filter(it -> it.database().equals(database) && it.member().equals(member))
                        .findFirst();
        try {
            return here.isEmpty()
                    ? SizeList.none("Member " + member + " is not on this machine.")
                    : new SizeList(member.value(), Optional.empty(), here.get().largest());
        } catch (SQLException | DatabaseException e) {
            return SizeList.none(
                    "Member " + member + " could not tell its sizes: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        pollers.forEach(FiguresPoller::close);
    }
}
