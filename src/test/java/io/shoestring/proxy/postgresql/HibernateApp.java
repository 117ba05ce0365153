package io.shoestring.proxy.postgresql;

import static java.util.Objects.requireNonNull;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Table;

import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintStream;

/** A small application by Hibernate, in a process of its own: what {@link DriversTest} runs. */
final class HibernateApp {
    private static final int NOTES = 100;

    private final SessionFactory sessions;

    /** Of which money goes to another. */
    @Entity
    @Table(name = "accounts")
    static class Account {
        @Id int id;
        int balance;
    }

    /** Whose ids come from a sequence, in batches. */
    @Entity
    @Table(name = "hibernate_notes")
    static class Note {
        @Id @GeneratedValue @Nullable Integer id;
        @Nullable String text;

        static Note of(String text) {
            Note note = new Note();
            note.text = text;
            return note;
        }
    }

    private HibernateApp(SessionFactory sessions) {
        this.sessions = sessions;
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        try (SessionFactory sessions = configuration().buildSessionFactory()) {
            var app = new HibernateApp(sessions);
            app.notes();
            out.println("ready");
            int count = 0;
            while (System.in.available() == 0) {
                sessions.inTransaction(HibernateApp::transfer);
                count++;
            }
            app.notes();
            out.println("done " + count);
        }
    }

    private static Configuration configuration() {
        String url =
                "jdbc:postgresql://%s:%s/%s"
                        .formatted(variable("PGHOST"), variable("PGPORT"), variable("PGDATABASE"));
        return new Configuration()
                .addAnnotatedClass(Account.class)
                .addAnnotatedClass(Note.class)
                .setProperty("jakarta.persistence.jdbc.url", url)
                .setProperty("jakarta.persistence.jdbc.user", variable("PGUSER"))
                .setProperty("jakarta.persistence.jdbc.password", variable("PGPASSWORD"))
                .setProperty("hibernate.hbm2ddl.auto", "update")
                .setProperty("hibernate.connection.pool_size", "3")
                .setProperty("hibernate.jdbc.batch_size", "20");
    }

    private static String variable(String name) {
        return requireNonNull(System.getenv(name), name);
    }

    private static void transfer(Session session) {
        Account one = session.find(Account.class, 1, LockModeType.PESSIMISTIC_WRITE);
        Account two = session.find(Account.class, 2, LockModeType.PESSIMISTIC_WRITE);
        one.balance--;
        two.balance++;
    }

    private void notes() {
        sessions.inTransaction(
                session -> {
                    session.createMutationQuery("delete from HibernateApp$Note").executeUpdate();
                    for (int i = 0; i < NOTES; i++) {
                        session.persist(Note.of("note " + i));
                    }
                });
        sessions.inSession(
                session -> {
                    expect(count(session, "note 1%"), 11);
                    session.beginTransaction();
                    session.persist(Note.of("to be rolled back"));
                    session.flush();
                    session.getTransaction().rollback();
                    expect(count(session, "%"), NOTES);
                });
    }

    private static long count(Session session, String pattern) {
        return session.createSelectionQuery(
                        "select count(*) from HibernateApp$Note where text like :pattern",
                        Long.class)
                .setParameter("pattern", pattern)
                .getSingleResult();
    }

    private static void expect(long found, long expected) {
        if (found != expected) {
            throw new IllegalStateException(found + " notes instead of " + expected);
        }
    }
}
