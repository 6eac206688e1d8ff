/** What a masked language model puts in the place of its masks. */
@NullMarked
package org.nnsight4j.toolkit.mask;

import org.jspecify.annotations.NullMarked;
