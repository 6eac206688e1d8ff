/**
 * What a user records with and reads: handles to the tensors of a run, and what happened to them.
 */
@NullMarked
package org.nnsight4j.values;

import org.jspecify.annotations.NullMarked;
