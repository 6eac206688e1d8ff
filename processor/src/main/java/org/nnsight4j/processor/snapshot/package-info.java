/** Reads what {@code nnsight4j describe --snapshot} wrote about a checkpoint. */
@NullMarked
package org.nnsight4j.processor.snapshot;

import org.jspecify.annotations.NullMarked;
