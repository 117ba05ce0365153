package io.shoestring.proxy.pool;

import io.shoestring.model.MemberSpec;

/**
 * What server connections have in common that may stand for one another. Equal if one may; it is
 * looked up for each transaction.
 */
public interface LinkKey {
    /** To whom. */
    MemberSpec member();

    /** In which they were opened. */
    long epoch();

    /** In whose name. */
    LinkLogin login();
}
