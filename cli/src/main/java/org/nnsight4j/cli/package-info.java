/** The {@code nnsight4j} command. */
@NullMarked
package org.nnsight4j.cli;

import org.jspecify.annotations.NullMarked;
