/** What every analysis has in common: its cost, its progress, and the shape of its result. */
@NullMarked
package org.nnsight4j.toolkit;

import org.jspecify.annotations.NullMarked;
