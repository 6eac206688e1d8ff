/** Circuits: which edges between heads and MLPs make an answer, and how much of it they make. */
@NullMarked
package org.nnsight4j.toolkit.circuit;

import org.jspecify.annotations.NullMarked;
