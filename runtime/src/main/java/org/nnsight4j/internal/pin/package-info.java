/** Snapshots of checkpoints, and whether descriptors and checkpoints agree with them. */
@NullMarked
package org.nnsight4j.internal.pin;

import org.jspecify.annotations.NullMarked;
