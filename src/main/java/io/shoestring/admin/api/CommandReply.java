package io.shoestring.admin.api;

/**
 * The answer to a command.
 *
 * @param accepted whether it was written down; the rest is told by status and events
 * @param sentence what was accepted, or why not and what to do
 * @param id names the operation that was begun; empty text when none was
 */
public record CommandReply(boolean accepted, String sentence, String id) {}
