/** Subspaces that carry a variable: found by distributed alignment search, with its controls. */
@NullMarked
package org.nnsight4j.toolkit.interchange;

import org.jspecify.annotations.NullMarked;
