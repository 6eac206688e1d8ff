/** Which job runs when and where, and that its result is published once. */
@NullMarked
package org.nnsight4j.server.dispatch;

import org.jspecify.annotations.NullMarked;
