package io.shoestring.address;

/** An address could not be set, removed or watched; the message says why and what to do. */
final class AddressException extends Exception {
    private static final long serialVersionUID = 1;

    private final int error;

    AddressException(String message) {
        this(message, 0);
    }

    private AddressException(String message, int error) {
        super(message);
        this.error = error;
    }

    /** A system call that failed with that error number of Linux. */
    static AddressException of(String what, int error) {
        return new AddressException(what + ": " + text(error), error);
    }

    /** The error number of Linux; 0 if it was not a system call. */
    int error() {
        return error;
    }

    private static String text(int error) {
        return switch (error) {
            case Errno.EPERM, Errno.EACCES ->
                    "not permitted; Shoestring needs root's rights for it, or CAP_NET_ADMIN and"
                            + " CAP_NET_RAW (and IPv6 switched on for an IPv6 address)";
            case Errno.ENODEV, Errno.ENXIO -> "the interface is gone";
            case Errno.ENETDOWN -> "the interface is down; set it up (ip link set DEVICE up)";
            case Errno.EADDRNOTAVAIL -> "the address is not there";
            case Errno.EEXIST -> "the address is there already";
            default -> "error " + error + " (errno(3))";
        };
    }
}
