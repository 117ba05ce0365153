package io.shoestring.admin.api;

/**
 * What is sent to change a server's share.
 *
 * @param weight 0 to 256
 */
public record WeightRequest(int weight) {}
