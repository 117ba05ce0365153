package io.shoestring.address;

import java.time.Duration;

/** The connections that clients have to an address on this machine. Any thread. */
public interface AddressClients {
    /**
     * The address is about to leave: every connection to it is ended, and each that is made from
     * now on. They would be dead without knowing it, and may hold locks.
     *
     * @param patience returns after it at the latest
     */
    void refuse(String address, Duration patience);

    /** The address is about to be here. */
    void admit(String address);
}
