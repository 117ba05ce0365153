package io.shoestring.sandbox.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One web server, and a contender each in front of it. */
record WebSetting(WebShape shape) implements Setting {
    /** Shoestring, and Shoestring with nothing on that can be left out. */
    static Setting extras(WebShape shape) {
        return (ground, _) -> {
            WebOrigin origin = WebOrigin.start(ground, shape);
            return List.of(WebProgram.own().start(origin), WebProgram.bare().start(origin));
        };
    }

    @Override
    public List<Contender> make(Ground ground, List<Peer> peers)
            throws BenchException, IOException, InterruptedException {
        WebOrigin origin = WebOrigin.start(ground, shape);
        List<Contender> contenders = new ArrayList<>();
        contenders.add(WebProgram.own().start(origin));
        for (Peer peer : peers) {
            Optional<WebProgram> program = WebProgram.of(peer, shape);
            if (program.isPresent()) {
                contenders.add(program.get().start(origin));
            }
        }
        return contenders;
    }
}
