package io.shoestring.model;

/**
 * What clients of a listener before a database never learned of a lost primary, since the process
 * started.
 *
 * @param transactions that were open, and went on at another primary
 * @param commits whose answer never came, and which were proven to be there
 */
public record CarriedOver(long transactions, long commits) {
    public static final CarriedOver NOTHING = new CarriedOver(0, 0);
}
