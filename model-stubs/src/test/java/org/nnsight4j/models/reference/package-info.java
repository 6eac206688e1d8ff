/** What other implementations compute with tiny models, for tests of all families. */
@NullMarked
package org.nnsight4j.models.reference;

import org.jspecify.annotations.NullMarked;
