package io.shoestring.address;

/** The error numbers of Linux that mean something to us ({@code errno(3)}). */
final class Errno {
    static final int EPERM = 1;
    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int EADDRNOTAVAIL = 99;
    static final int ENETDOWN = 100;

    private Errno() {}
}
