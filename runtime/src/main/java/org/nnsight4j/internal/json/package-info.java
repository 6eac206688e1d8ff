/** Reads JSON files of other tools strictly: what is wrong is refused, with its place. */
@NullMarked
package org.nnsight4j.internal.json;

import org.jspecify.annotations.NullMarked;
