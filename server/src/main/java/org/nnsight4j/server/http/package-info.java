/** The HTTP interface. */
@NullMarked
package org.nnsight4j.server.http;

import org.jspecify.annotations.NullMarked;
