package io.shoestring.address;

import java.time.Duration;

/** No client uses these addresses. */
record Nobody() implements AddressClients {
    @Override
    public void refuse(String address, Duration patience) {}

    @Override
    public void admit(String address) {}
}
