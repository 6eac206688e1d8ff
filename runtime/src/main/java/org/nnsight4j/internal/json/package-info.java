/**
 * JSON files of other tools, read strictly: what is not as it should be is refused with its place.
 */
@NullMarked
package org.nnsight4j.internal.json;

import org.jspecify.annotations.NullMarked;
