/** Checks call sites: what javac can know about an index or a name before anything runs. */
@NullMarked
package org.nnsight4j.processor.check;

import org.jspecify.annotations.NullMarked;
