/** A checkpoint that runs graphs recorded elsewhere: the model inside a server's worker. */
@NullMarked
package org.nnsight4j.internal.host;

import org.jspecify.annotations.NullMarked;
