package io.shoestring.node;

import io.shoestring.model.Action;

/** What is being done to a member, as the end of "b is …". */
final class Phrase {
    private Phrase() {}

    static String of(Action.ByAgent action) {
        return switch (action) {
            case Action.Promote promote -> "being promoted";
            case Action.StartPrimary start -> "being started as the primary";
            case Action.Follow follow -> "being made a replica of " + follow.upstream().name();
            case Action.Cascade cascade ->
                    "being told to get its log from " + cascade.upstream().name();
            case Action.Detach detach -> "being taken off its primary";
            case Action.ReleaseLease release -> "giving its lease back";
            case Action.SetSynchronous set -> "being told whom commits wait for";
            case Action.Block block -> "being told to acknowledge no commit";
            case Action.Checkpoint checkpoint -> "writing a checkpoint";
            case Action.Restart restart -> "being restarted";
            case Action.Stop stop -> "being stopped";
            case Action.Fence fence -> "being stopped by force";
        };
    }
}
