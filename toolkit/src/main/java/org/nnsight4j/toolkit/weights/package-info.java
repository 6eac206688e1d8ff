/** What heads do by their weights alone: where they look, what they move, and which read which. */
@NullMarked
package org.nnsight4j.toolkit.weights;

import org.jspecify.annotations.NullMarked;
