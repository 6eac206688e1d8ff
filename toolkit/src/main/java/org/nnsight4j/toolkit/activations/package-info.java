/** Which texts of a corpus activate features and neurons most. */
@NullMarked
package org.nnsight4j.toolkit.activations;

import org.jspecify.annotations.NullMarked;
