/** The shared server: starts and stops all its parts. */
@NullMarked
package org.nnsight4j.server;

import org.jspecify.annotations.NullMarked;
