package io.shoestring.proxy.pool;

/** Who is logged in to what: whose connections are counted together. Equal if both names are. */
public interface LinkLogin {
    /** The name of the user. */
    String user();

    /** The name of the database at the server. */
    String database();
}
