package io.shoestring.cli;

import io.shoestring.cluster.channel.PeerException;

import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** Ends a command because of a file or another node. */
final class Trouble {
    private Trouble() {}

    static CommandFailure of(String what, IOException problem) {
        boolean silent =
                problem instanceof PeerException peer
                        && peer.outcome() != PeerException.Outcome.REFUSED;
        String why =
                problem instanceof AccessDeniedException denied
                        ? "you may not write "
                                + denied.getFile()
                                + "; use the account that the node runs under, or root"
                        : String.valueOf(problem.getMessage());
        return new CommandFailure(
                silent ? ExitCode.NOT_REACHED : ExitCode.NOT_WELL,
                Sentences.asSentence(what + why));
    }
}
