package io.shoestring.node;

import io.shoestring.model.Action;
import io.shoestring.model.MemberName;

/** What the loop asks of the outside; all return at once, the answers come as calls to it. */
public interface Hands {
    /** Begins the action; {@link DatabaseLoop#ended} is called when it is over. */
    void start(Action.ByAgent action);

    /** Begins to run the fence command; {@link DatabaseLoop#fenced} is called when it is over. */
    void fence(Action.FenceNode action);

    /** Looks at the member as soon as possible, with a look that begins after this call. */
    void look(MemberName member);
}
