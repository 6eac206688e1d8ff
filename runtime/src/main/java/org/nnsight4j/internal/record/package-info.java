/** Recording: from typed proxies to a graph. */
@NullMarked
package org.nnsight4j.internal.record;

import org.jspecify.annotations.NullMarked;
