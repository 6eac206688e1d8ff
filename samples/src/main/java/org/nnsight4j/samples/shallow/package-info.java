/** An architecture that nnsight4j does not ship, described and implemented in one package. */
@NullMarked
package org.nnsight4j.samples.shallow;

import org.jspecify.annotations.NullMarked;
