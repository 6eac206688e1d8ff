/**
 * Handles to the tensors of a run, with which users record operations, and what they read
 * afterwards.
 */
@NullMarked
package org.nnsight4j.values;

import org.jspecify.annotations.NullMarked;
