/** What notebooks show of figures, results and tensors. */
@NullMarked
package org.nnsight4j.notebook;

import org.jspecify.annotations.NullMarked;
