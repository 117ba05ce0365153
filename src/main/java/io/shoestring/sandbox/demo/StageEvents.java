package io.shoestring.sandbox.demo;

import io.shoestring.admin.api.EventList;
import io.shoestring.model.Event;
import io.shoestring.sandbox.demo.Scene.Source;
import io.shoestring.sandbox.fault.Stage;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What the nodes of a stage say of the database, each sentence once. */
final class StageEvents {
    private static final Duration PAUSE = Duration.ofMillis(200);

    /** Several nodes say the same: so many of the newest sentences are remembered. */
    private static final int REMEMBERED = 12;

    private final Stage stage;
    private final Consumer<String> listener;
    private final Map<String, Long> after = new HashMap<>();
    private final Deque<String> told = new ArrayDeque<>();

    private StageEvents(Stage stage, Consumer<String> listener) {
        this.stage = stage;
        this.listener = listener;
    }

    /** From now on until it is closed. */
    static Source follow(Stage stage, Consumer<String> listener) {
        StageEvents events = new StageEvents(stage, listener);
        stage.nodes().forEach(events::skip);
        Thread thread = Thread.ofVirtual().name("stage-events").start(events::run);
        return thread::interrupt;
    }

    private void skip(String node) {
        stage.events(node, 0).ifPresent(list -> after.put(node, list.last()));
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                stage.nodes().forEach(this::ask);
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(String node) {
        long from = after.getOrDefault(node, 0L);
        Optional<EventList> list = stage.events(node, from);
        if (list.isPresent() && list.get().last() < from) {
            // The node was started anew, and counts from the beginning.
            after.put(node, 0L);
        } else if (list.isPresent()) {
            after.put(node, list.get().last());
            tell(list.get().events());
        }
    }

    private void tell(List<Event> events) {
        for (Event event : events) {
            if (event.database().isPresent() && !told.contains(event.text())) {
                told.addLast(event.text());
                if (told.size() > REMEMBERED) {
                    told.removeFirst();
                }
                listener.accept(event.text());
            }
        }
    }
}
