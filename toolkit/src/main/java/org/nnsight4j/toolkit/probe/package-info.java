/** Linear probes: what can be read from the residual stream, with the controls that this needs. */
@NullMarked
package org.nnsight4j.toolkit.probe;

import org.jspecify.annotations.NullMarked;
