/** One recorded graph over a dataset, as files that are committed once, resumed and verified. */
@NullMarked
package org.nnsight4j.harvest;

import org.jspecify.annotations.NullMarked;
