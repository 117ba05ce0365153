/**
 * A real replicated cluster on this machine for trials, and the demo that tells the story. Starting
 * points: {@link io.shoestring.sandbox.Sandbox}, {@link io.shoestring.sandbox.SandboxCommand}.
 */
@NullMarked
package io.shoestring.sandbox;

import org.jspecify.annotations.NullMarked;
