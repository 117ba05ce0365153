package io.shoestring;

import io.shoestring.address.AddressClients;
import io.shoestring.network.EventLoops;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * The clients of an address are those of the listeners.
 *
 * @param loops are there before an address is set
 */
record AddressClientsOf(Supplier<EventLoops> loops) implements AddressClients {
    @Override
    public void refuse(String address, Duration patience) {
        loops.get().refuseClientsOf(address, patience);
    }

    @Override
    public void admit(String address) {
        loops.get().admitClientsOf(address);
    }
}
