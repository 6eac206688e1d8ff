/** Files that are written whole or not at all, and folders that go when their owner does. */
@NullMarked
package org.nnsight4j.internal.file;

import org.jspecify.annotations.NullMarked;
