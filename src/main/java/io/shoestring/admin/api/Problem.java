package io.shoestring.admin.api;

/**
 * Why a request was not served.
 *
 * @param error one sentence
 */
public record Problem(String error) {}
