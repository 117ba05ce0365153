package io.shoestring.doctor;

/** How bad it is; the worst comes last. */
public enum Severity {
    /** It could be better. */
    HINT,
    /** It will hurt one day, or makes an accident worse. */
    WARNING,
    /** Data may be lost, or nobody could take over. */
    DANGER
}
